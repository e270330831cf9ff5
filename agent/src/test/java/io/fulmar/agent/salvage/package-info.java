@NullMarked
package io.fulmar.agent.salvage;

import org.jspecify.annotations.NullMarked;
