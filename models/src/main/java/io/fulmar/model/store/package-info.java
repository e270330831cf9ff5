/**
 * The models on a device's disk: files by digest, which release of each model is active, what is being tried, and, apart
 * from them, the release floors and the trust root, which outlive a store that is wiped.
 */
@NullMarked
package io.fulmar.model.store;

import org.jspecify.annotations.NullMarked;
