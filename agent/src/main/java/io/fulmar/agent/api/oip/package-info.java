@NullMarked
package io.fulmar.agent.api.oip;

import org.jspecify.annotations.NullMarked;
