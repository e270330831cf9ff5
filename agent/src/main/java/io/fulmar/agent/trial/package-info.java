/** How a release proves itself on a device: its test beside what runs, and its trial in the pipelines. */
@NullMarked
package io.fulmar.agent.trial;

import org.jspecify.annotations.NullMarked;
