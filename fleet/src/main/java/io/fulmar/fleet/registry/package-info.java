@NullMarked
package io.fulmar.fleet.registry;

import org.jspecify.annotations.NullMarked;
