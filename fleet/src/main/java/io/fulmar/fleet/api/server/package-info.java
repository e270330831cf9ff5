@NullMarked
package io.fulmar.fleet.api.server;

import org.jspecify.annotations.NullMarked;
