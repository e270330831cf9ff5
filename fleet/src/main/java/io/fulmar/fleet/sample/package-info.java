/** The inputs that devices have kept and the fleet has asked for. */
@NullMarked
package io.fulmar.fleet.sample;

import org.jspecify.annotations.NullMarked;
