@NullMarked
package io.fulmar.fleet.command;

import org.jspecify.annotations.NullMarked;
