/** Blobs on their way to devices: pieces on request, once for all who want the same. */
@NullMarked
package io.fulmar.fleet.transfer;

import org.jspecify.annotations.NullMarked;
