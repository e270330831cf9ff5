/** The releases of models that were published to this fleet. */
@NullMarked
package io.fulmar.fleet.catalog;

import org.jspecify.annotations.NullMarked;
