@NullMarked
package io.fulmar.agent.io.source;

import org.jspecify.annotations.NullMarked;
