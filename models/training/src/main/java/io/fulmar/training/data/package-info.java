/** What the sample models learn from and are judged by. */
@NullMarked
package io.fulmar.training.data;

import org.jspecify.annotations.NullMarked;
