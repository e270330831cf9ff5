/** Real pins and buses, through Pi4J, which nobody else knows. */
@NullMarked
package io.fulmar.agent.io.gpio;

import org.jspecify.annotations.NullMarked;
