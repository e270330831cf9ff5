/** The arithmetic of sound and vibration: spectra, features, filters, resampling. Knows no frame and no configuration. */
@NullMarked
package io.fulmar.agent.signal;

import org.jspecify.annotations.NullMarked;
