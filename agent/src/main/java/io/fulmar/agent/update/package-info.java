/** How a release of a model comes to this device, proves itself, and becomes the active one. */
@NullMarked
package io.fulmar.agent.update;

import org.jspecify.annotations.NullMarked;
