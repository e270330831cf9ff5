@NullMarked
package io.fulmar.training;

import org.jspecify.annotations.NullMarked;
