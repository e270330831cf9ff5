@NullMarked
package io.fulmar.model.trust;

import org.jspecify.annotations.NullMarked;
