/** How good a model is, float and as the file that ships. */
@NullMarked
package io.fulmar.training.evaluate;

import org.jspecify.annotations.NullMarked;
