@NullMarked
package io.fulmar.sync.log;

import org.jspecify.annotations.NullMarked;
