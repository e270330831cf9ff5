@NullMarked
package io.fulmar.model.pack;

import org.jspecify.annotations.NullMarked;
