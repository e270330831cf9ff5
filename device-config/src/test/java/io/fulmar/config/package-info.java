@NullMarked
package io.fulmar.config;

import org.jspecify.annotations.NullMarked;
