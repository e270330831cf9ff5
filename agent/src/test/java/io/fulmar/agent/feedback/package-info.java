@NullMarked
package io.fulmar.agent.feedback;

import org.jspecify.annotations.NullMarked;
