@NullMarked
package io.fulmar.fleet.base;

import org.jspecify.annotations.NullMarked;
