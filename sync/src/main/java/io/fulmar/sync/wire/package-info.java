@NullMarked
package io.fulmar.sync.wire;

import org.jspecify.annotations.NullMarked;
