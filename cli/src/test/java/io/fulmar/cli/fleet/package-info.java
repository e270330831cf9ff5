@NullMarked
package io.fulmar.cli.fleet;

import org.jspecify.annotations.NullMarked;
