/** Whether what a model sees and says is still what it saw and said before. */
@NullMarked
package io.fulmar.agent.drift;

import org.jspecify.annotations.NullMarked;
