/** Brings a release or a configuration to many devices in waves, and stops by itself. */
@NullMarked
package io.fulmar.fleet.rollout;

import org.jspecify.annotations.NullMarked;
