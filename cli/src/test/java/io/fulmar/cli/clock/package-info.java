@NullMarked
package io.fulmar.cli.clock;

import org.jspecify.annotations.NullMarked;
