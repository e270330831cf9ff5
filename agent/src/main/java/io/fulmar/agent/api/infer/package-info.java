@NullMarked
package io.fulmar.agent.api.infer;

import org.jspecify.annotations.NullMarked;
