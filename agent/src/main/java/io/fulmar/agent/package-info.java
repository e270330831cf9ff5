@NullMarked
package io.fulmar.agent;

import org.jspecify.annotations.NullMarked;
