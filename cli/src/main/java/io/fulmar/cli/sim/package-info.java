@NullMarked
package io.fulmar.cli.sim;

import org.jspecify.annotations.NullMarked;
