@NullMarked
package io.fulmar.cli.config;

import org.jspecify.annotations.NullMarked;
