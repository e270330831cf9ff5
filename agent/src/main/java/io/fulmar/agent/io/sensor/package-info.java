/** Drivers of sensors, each written from the data sheet that it names. */
@NullMarked
package io.fulmar.agent.io.sensor;

import org.jspecify.annotations.NullMarked;
