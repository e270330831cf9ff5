@NullMarked
package io.fulmar.cli.command;

import org.jspecify.annotations.NullMarked;
