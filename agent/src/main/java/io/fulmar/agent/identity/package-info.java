@NullMarked
package io.fulmar.agent.identity;

import org.jspecify.annotations.NullMarked;
