@NullMarked
package io.fulmar.sync.outbox;

import org.jspecify.annotations.NullMarked;
