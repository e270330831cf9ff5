@NullMarked
package io.fulmar.fleet;

import org.jspecify.annotations.NullMarked;
