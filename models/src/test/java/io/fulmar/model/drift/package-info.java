@NullMarked
package io.fulmar.model.drift;

import org.jspecify.annotations.NullMarked;
