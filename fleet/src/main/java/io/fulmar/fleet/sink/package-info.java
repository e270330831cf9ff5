/** Stored records on their way to other systems. */
@NullMarked
package io.fulmar.fleet.sink;

import org.jspecify.annotations.NullMarked;
