package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.Counters;
import io.fulmar.agent.health.FaultLog;
import io.fulmar.agent.uplink.Uplink;
import io.fulmar.agent.uplink.UplinkSettings;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Hello;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class FleetInboxTest {
    private final Counters counters = new Counters();
    private final FleetInbox inbox = new FleetInbox(counters, new Doorbell());

    @Test
    @Timeout(60)
    void aFloodThatComesFasterThanItIsHeardLetsTheStoreThreadGoOn(@TempDir Path dir) {
        OutboxConfig config = new OutboxConfig(dir, 4 << 20, 0, Duration.ofDays(1), WhenFull.EVICT_OLDEST);
        try (Outbox outbox = Outbox.open(config, () -> Instant.EPOCH)) {
            FleetInbox.Reader reader = inbox.new Reader(uplink(outbox));
            refuse();

            assertThat(reader.deliver(0)).isEqualTo(1);
            assertThat(reader.deliver(0)).isEqualTo(1);
        }
    }

    private void refuse() {
        inbox.settled(1, 0x97, false);
    }

    /** An uplink during whose every fault the next one comes in. */
    private Uplink uplink(Outbox outbox) {
        FaultLog faults = new FaultLog(() -> {
            refuse();
            return Instant.EPOCH;
        });
        return new Uplink(
                "d1",
                () -> new Wire(new Topics(Topics.DEFAULT_PREFIX)),
                outbox,
                message -> PublishOutcome.ACCEPTED,
                positions -> new Hello("test", 1, 0, 0, List.of(), List.of(), positions),
                UplinkSettings.of(100, Duration.ofSeconds(10), null),
                new SplittableRandom(1),
                counters,
                faults);
    }
}
