@NullMarked
package io.fulmar.agent.io;

import org.jspecify.annotations.NullMarked;
