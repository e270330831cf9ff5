/** Training with DJL; the one package that knows it. */
@NullMarked
package io.fulmar.training.learn;

import org.jspecify.annotations.NullMarked;
