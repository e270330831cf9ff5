@NullMarked
package io.fulmar.cli.model;

import org.jspecify.annotations.NullMarked;
