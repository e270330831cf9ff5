@NullMarked
package io.fulmar.agent.api.serve;

import org.jspecify.annotations.NullMarked;
