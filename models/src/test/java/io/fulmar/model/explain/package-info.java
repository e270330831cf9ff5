@NullMarked
package io.fulmar.model.explain;

import org.jspecify.annotations.NullMarked;
