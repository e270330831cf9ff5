@NullMarked
package io.fulmar.sync.mqtt;

import org.jspecify.annotations.NullMarked;
