/** The fleet's side and the device's side of a transfer, together. */
@NullMarked
package io.fulmar.cli.transfer;

import org.jspecify.annotations.NullMarked;
