/** From a source's frame to a recorded prediction, one class a stage. */
@NullMarked
package io.fulmar.agent.pipeline;

import org.jspecify.annotations.NullMarked;
