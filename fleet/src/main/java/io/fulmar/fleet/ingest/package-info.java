@NullMarked
package io.fulmar.fleet.ingest;

import org.jspecify.annotations.NullMarked;
