@NullMarked
package io.fulmar.cli.demo;

import org.jspecify.annotations.NullMarked;
