@NullMarked
package io.fulmar.fleet.query;

import org.jspecify.annotations.NullMarked;
