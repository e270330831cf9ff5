/** What a decision does: moves a pin, sends a message, calls another service, starts a program, writes a line. */
@NullMarked
package io.fulmar.agent.io.act;

import org.jspecify.annotations.NullMarked;
