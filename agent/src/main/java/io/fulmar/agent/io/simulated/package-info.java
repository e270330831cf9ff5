/** A rotating machine with faults, simulated: the sensor of the demo and the source of the training data. */
@NullMarked
package io.fulmar.agent.io.simulated;

import org.jspecify.annotations.NullMarked;
