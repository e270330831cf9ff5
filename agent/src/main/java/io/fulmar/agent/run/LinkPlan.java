package io.fulmar.agent.run;

import io.fulmar.sync.mqtt.Link;
import io.fulmar.sync.mqtt.LinkEvent;
import io.fulmar.sync.wire.Wire;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * How to make a link, and how what travels over it is addressed. Immutable.
 *
 * @param links makes the link; everything that can be wrong with its settings has been found before
 */
public record LinkPlan(Wire wire, Function<Consumer<LinkEvent>, Link> links) {}
