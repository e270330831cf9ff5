@NullMarked
package io.fulmar.fleet.broker;

import org.jspecify.annotations.NullMarked;
