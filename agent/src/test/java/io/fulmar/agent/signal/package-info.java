@NullMarked
package io.fulmar.agent.signal;

import org.jspecify.annotations.NullMarked;
