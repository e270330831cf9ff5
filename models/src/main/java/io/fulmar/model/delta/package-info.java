/** The difference between two blobs, for links on which every byte costs. */
@NullMarked
package io.fulmar.model.delta;

import org.jspecify.annotations.NullMarked;
