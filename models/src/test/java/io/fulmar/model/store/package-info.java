@NullMarked
package io.fulmar.model.store;

import org.jspecify.annotations.NullMarked;
