/** What a device keeps of what its models saw and said, so that people can make better ones. */
@NullMarked
package io.fulmar.agent.feedback;

import org.jspecify.annotations.NullMarked;
