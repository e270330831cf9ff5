@NullMarked
package io.fulmar.agent.io.act;

import org.jspecify.annotations.NullMarked;
