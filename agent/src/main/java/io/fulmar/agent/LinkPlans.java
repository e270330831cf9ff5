package io.fulmar.agent;

import io.fulmar.agent.health.StatusReport;
import io.fulmar.agent.run.LinkPlan;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.Mqtt;
import io.fulmar.config.Secret;
import io.fulmar.config.TlsSettings;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.Credentials;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.mqtt.Will;
import io.fulmar.sync.wire.Envelope;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Turns a device's connection settings into a plan for its link: address, subscriptions, last will.
 *
 * @param wakeUp rings at the thread that drives the link
 *     <p>Immutable.
 */
record LinkPlans(LinkFactory links, StatusReport report, Runnable wakeUp) {

    /** The plan; a {@code LinkException} says what cannot be connected to like this. */
    LinkPlan plan(DeviceConfig config) {
        Mqtt mqtt = config.mqtt();
        String device = config.device().id();
        Wire wire = new Wire(new Topics(mqtt.prefix()));
        Envelope lost = wire.encode(device, report.offline("connection lost"));
        LinkConfig settings = LinkConfig.builder(mqtt.url(), device)
                .subscriptions(wire.topics().down(device))
                .wishes(wishes(config, wire.topics()))
                .will(new Will(lost.topic(), lost.payload(), 1, true, lost.contentType()))
                .keepAlive(mqtt.keepAlive())
                .connectTimeout(mqtt.connectTimeout())
                .backoff(Backoff.between(mqtt.backoffMin(), mqtt.backoffMax()))
                .tls(tls(mqtt.tls()))
                .credentials(credentials(mqtt.username(), mqtt.password()))
                .wakeUp(wakeUp)
                .build();
        return new LinkPlan(wire, listener -> links.open(settings, new SplittableRandom(), listener));
    }

    /** Where commands and the desired state come from; a device to which its broker refuses these still delivers. */
    private static List<String> wishes(DeviceConfig config, Topics topics) {
        List<String> filters = new ArrayList<>();
        filters.add(topics.trust());
        filters.add(topics.desired(config.device().id()));
        filters.add(topics.command(config.device().id()));
        config.device().groups().forEach(group -> filters.add(topics.groupCommand(group)));
        return filters;
    }

    private static @Nullable Tls tls(@Nullable TlsSettings settings) {
        return settings == null ? null : new Tls(settings.ca(), settings.certificate(), settings.key());
    }

    private static @Nullable Credentials credentials(@Nullable String username, @Nullable Secret password) {
        return username == null ? null : new Credentials(username, password == null ? null : password::reveal);
    }
}
