@NullMarked
package io.fulmar.model.source;

import org.jspecify.annotations.NullMarked;
