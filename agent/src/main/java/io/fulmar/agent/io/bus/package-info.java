/** Pins and buses as the agent sees them, whoever gives access to them. */
@NullMarked
package io.fulmar.agent.io.bus;

import org.jspecify.annotations.NullMarked;
