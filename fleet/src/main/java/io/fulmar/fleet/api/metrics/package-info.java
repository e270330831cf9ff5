@NullMarked
package io.fulmar.fleet.api.metrics;

import org.jspecify.annotations.NullMarked;
