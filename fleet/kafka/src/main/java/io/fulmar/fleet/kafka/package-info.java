/** Apache Kafka as a sink for stored records. */
@NullMarked
package io.fulmar.fleet.kafka;

import org.jspecify.annotations.NullMarked;
