@NullMarked
package io.fulmar.agent.drift;

import org.jspecify.annotations.NullMarked;
