@NullMarked
package io.fulmar.sync.sqlite;

import org.jspecify.annotations.NullMarked;
