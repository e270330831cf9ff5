@NullMarked
package io.fulmar.agent.run;

import org.jspecify.annotations.NullMarked;
