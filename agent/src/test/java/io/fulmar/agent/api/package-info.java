@NullMarked
package io.fulmar.agent.api;

import org.jspecify.annotations.NullMarked;
