@NullMarked
package io.fulmar.agent.trial;

import org.jspecify.annotations.NullMarked;
