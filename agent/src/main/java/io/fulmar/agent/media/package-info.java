/** Pictures and sound as they come in files, made into pixels and samples. */
@NullMarked
package io.fulmar.agent.media;

import org.jspecify.annotations.NullMarked;
