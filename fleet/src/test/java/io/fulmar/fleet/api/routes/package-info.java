@NullMarked
package io.fulmar.fleet.api.routes;

import org.jspecify.annotations.NullMarked;
