@NullMarked
package io.fulmar.cli.outbox;

import org.jspecify.annotations.NullMarked;
