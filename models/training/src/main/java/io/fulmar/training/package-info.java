/** Makes the sample models: one run trains, quantizes, evaluates and writes them. */
@NullMarked
package io.fulmar.training;

import org.jspecify.annotations.NullMarked;
