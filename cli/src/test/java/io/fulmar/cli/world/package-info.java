@NullMarked
package io.fulmar.cli.world;

import org.jspecify.annotations.NullMarked;
