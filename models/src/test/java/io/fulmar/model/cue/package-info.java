/** Models that misbehave in native code, and the native library that makes them. */
@NullMarked
package io.fulmar.model.cue;

import org.jspecify.annotations.NullMarked;
