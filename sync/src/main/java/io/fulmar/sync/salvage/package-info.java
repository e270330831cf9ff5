@NullMarked
package io.fulmar.sync.salvage;

import org.jspecify.annotations.NullMarked;
