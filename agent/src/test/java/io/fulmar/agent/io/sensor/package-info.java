@NullMarked
package io.fulmar.agent.io.sensor;

import org.jspecify.annotations.NullMarked;
