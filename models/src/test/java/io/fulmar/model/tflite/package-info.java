@NullMarked
package io.fulmar.model.tflite;

import org.jspecify.annotations.NullMarked;
