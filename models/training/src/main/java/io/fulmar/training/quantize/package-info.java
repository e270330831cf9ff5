/** From float networks to full-integer TensorFlow Lite files. */
@NullMarked
package io.fulmar.training.quantize;

import org.jspecify.annotations.NullMarked;
