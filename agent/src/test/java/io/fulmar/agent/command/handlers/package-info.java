@NullMarked
package io.fulmar.agent.command.handlers;

import org.jspecify.annotations.NullMarked;
