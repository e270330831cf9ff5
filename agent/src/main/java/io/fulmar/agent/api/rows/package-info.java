/** The rows that wait for the fleet, for where they are carried there by hand. */
@NullMarked
package io.fulmar.agent.api.rows;

import org.jspecify.annotations.NullMarked;
