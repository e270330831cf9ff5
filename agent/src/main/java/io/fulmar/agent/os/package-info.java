/** What the agent asks of the operating system itself, since Java has no word for it. */
@NullMarked
package io.fulmar.agent.os;

import org.jspecify.annotations.NullMarked;
