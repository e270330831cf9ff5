/** Small convolutional networks in plain float arithmetic: what training yields and quantization starts from. */
@NullMarked
package io.fulmar.training.network;

import org.jspecify.annotations.NullMarked;
