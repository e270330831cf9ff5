@NullMarked
package io.fulmar.cli.agent;

import org.jspecify.annotations.NullMarked;
