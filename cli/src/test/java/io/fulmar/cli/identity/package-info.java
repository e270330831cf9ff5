@NullMarked
package io.fulmar.cli.identity;

import org.jspecify.annotations.NullMarked;
