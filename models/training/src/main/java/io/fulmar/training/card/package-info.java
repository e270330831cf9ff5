/** The folder that a sample model ships as. */
@NullMarked
package io.fulmar.training.card;

import org.jspecify.annotations.NullMarked;
