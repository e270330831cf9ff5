@NullMarked
package io.fulmar.agent.uplink;

import org.jspecify.annotations.NullMarked;
