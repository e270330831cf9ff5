@NullMarked
package io.fulmar.fleet.api;

import org.jspecify.annotations.NullMarked;
