@NullMarked
package io.fulmar.agent.command;

import org.jspecify.annotations.NullMarked;
