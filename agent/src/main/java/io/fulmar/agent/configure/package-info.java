@NullMarked
package io.fulmar.agent.configure;

import org.jspecify.annotations.NullMarked;
