/** What has to be on the disk when a power cut comes: journals, files that are replaced as a whole, folders, a lock. */
@NullMarked
package io.fulmar.model.disk;

import org.jspecify.annotations.NullMarked;
