@NullMarked
package io.fulmar.agent.media;

import org.jspecify.annotations.NullMarked;
