/** Which parts of an input a model's answer rests on: asked of the model by changing the input, whatever it is made of. */
@NullMarked
package io.fulmar.model.explain;

import org.jspecify.annotations.NullMarked;
