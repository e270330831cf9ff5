@NullMarked
package io.fulmar.agent.health;

import org.jspecify.annotations.NullMarked;
