package io.fulmar.config;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * What is different between two configurations of one device, in terms of what must be rebuilt.
 *
 * @param pipelinesAdded names of pipelines that only the new one has
 * @param pipelinesRemoved names of pipelines that only the old one has
 * @param pipelinesChanged names of pipelines whose own settings or whose model's settings are others
 * @param link whether the way to the broker is another, so that a new link has to prove itself
 * @param groups whether the device listens to other groups, which needs other subscriptions
 * @param logLevel whether the log has another level
 * @param local the keys and tables that are different although only the device's own file may say them: the device must be
 *     started again for those
 *     <p>Immutable.
 */
public record ConfigDiff(
        List<String> pipelinesAdded,
        List<String> pipelinesRemoved,
        List<String> pipelinesChanged,
        boolean link,
        boolean groups,
        boolean logLevel,
        List<String> local) {

    public ConfigDiff {
        pipelinesAdded = List.copyOf(pipelinesAdded);
        pipelinesRemoved = List.copyOf(pipelinesRemoved);
        pipelinesChanged = List.copyOf(pipelinesChanged);
        local = List.copyOf(local);
    }

    public static ConfigDiff between(DeviceConfig old, DeviceConfig now) {
        List<String> added = new ArrayList<>();
        List<String> changed = new ArrayList<>();
        for (PipelineSettings pipeline : now.pipelines()) {
            PipelineSettings before = old.pipeline(pipeline.name()).orElse(null);
            if (before == null) {
                added.add(pipeline.name());
            } else if (!before.equals(pipeline) || !old.model(before.model()).equals(now.model(pipeline.model()))) {
                changed.add(pipeline.name());
            }
        }
        List<String> removed = old.pipelines().stream()
                .map(PipelineSettings::name)
                .filter(name -> now.pipeline(name).isEmpty())
                .toList();
        return new ConfigDiff(
                added,
                removed,
                changed,
                !link(old.mqtt()).equals(link(now.mqtt())),
                !Set.copyOf(old.device().groups())
                        .equals(Set.copyOf(now.device().groups())),
                old.log().level() != now.log().level(),
                local(old, now));
    }

    /** Whether nothing has to be rebuilt. */
    public boolean isEmpty() {
        return pipelinesAdded.isEmpty()
                && pipelinesRemoved.isEmpty()
                && pipelinesChanged.isEmpty()
                && !link
                && !groups
                && !logLevel
                && local.isEmpty();
    }

    /** Everything that a link is made of: a longer trial alone is no reason for a new one. */
    private static Mqtt link(Mqtt mqtt) {
        return new Mqtt(
                mqtt.url(),
                mqtt.prefix(),
                mqtt.keepAlive(),
                mqtt.connectTimeout(),
                mqtt.backoffMin(),
                mqtt.backoffMax(),
                mqtt.tls(),
                mqtt.username(),
                mqtt.password(),
                Duration.ZERO);
    }

    private static List<String> local(DeviceConfig old, DeviceConfig now) {
        List<String> different = new ArrayList<>();
        if (!old.device().id().equals(now.device().id())) {
            different.add("device.id");
        }
        if (!Objects.equals(old.device().board(), now.device().board())) {
            different.add("device.board");
        }
        if (!old.state().equals(now.state())) {
            different.add("state");
        }
        if (!old.outbox().equals(now.outbox())) {
            different.add("outbox");
        }
        if (!old.trust().equals(now.trust())) {
            different.add("trust");
        }
        if (!old.api().equals(now.api())) {
            different.add("api");
        }
        if (!old.hardware().equals(now.hardware())) {
            different.add("hardware");
        }
        return different;
    }
}
