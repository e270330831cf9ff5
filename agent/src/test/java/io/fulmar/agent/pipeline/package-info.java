@NullMarked
package io.fulmar.agent.pipeline;

import org.jspecify.annotations.NullMarked;
