@NullMarked
package io.fulmar.agent.world;

import org.jspecify.annotations.NullMarked;
