@NullMarked
package io.fulmar.training.quantize;

import org.jspecify.annotations.NullMarked;
