@NullMarked
package io.fulmar.fleet.api.security;

import org.jspecify.annotations.NullMarked;
