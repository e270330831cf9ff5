@NullMarked
package io.fulmar.fleet.identity;

import org.jspecify.annotations.NullMarked;
