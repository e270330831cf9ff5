/** What was right: the true labels of predictions, and how often models were. */
@NullMarked
package io.fulmar.fleet.truth;

import org.jspecify.annotations.NullMarked;
