@NullMarked
package io.fulmar.fleet.database;

import org.jspecify.annotations.NullMarked;
