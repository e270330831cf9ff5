@NullMarked
package io.fulmar.model.json;

import org.jspecify.annotations.NullMarked;
