/** Where frames come from and what decisions lead to: the device's side of a pipeline. */
@NullMarked
package io.fulmar.agent.io;

import org.jspecify.annotations.NullMarked;
