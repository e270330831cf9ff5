@NullMarked
package io.fulmar.cli;

import org.jspecify.annotations.NullMarked;
