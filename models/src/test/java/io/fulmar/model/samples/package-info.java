@NullMarked
package io.fulmar.model.samples;

import org.jspecify.annotations.NullMarked;
