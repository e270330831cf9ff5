@NullMarked
package io.fulmar.fleet.truth;

import org.jspecify.annotations.NullMarked;
