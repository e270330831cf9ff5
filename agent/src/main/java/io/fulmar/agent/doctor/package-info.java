/** Whether a machine can do what the agent needs, and what to do where it cannot. */
@NullMarked
package io.fulmar.agent.doctor;

import org.jspecify.annotations.NullMarked;
