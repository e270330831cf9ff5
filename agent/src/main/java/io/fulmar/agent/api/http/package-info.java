@NullMarked
package io.fulmar.agent.api.http;

import org.jspecify.annotations.NullMarked;
