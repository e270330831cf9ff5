/** How far what a model sees and says is from what it saw and said before. */
@NullMarked
package io.fulmar.model.drift;

import org.jspecify.annotations.NullMarked;
