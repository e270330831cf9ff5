@NullMarked
package io.fulmar.training.learn;

import org.jspecify.annotations.NullMarked;
