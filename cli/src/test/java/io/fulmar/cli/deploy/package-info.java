@NullMarked
package io.fulmar.cli.deploy;

import org.jspecify.annotations.NullMarked;
