package io.fulmar.agent.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.agent.io.act.ActQueue;
import io.fulmar.agent.io.act.Deed;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PublishOutcome;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class AgentActsTest {
    private final Counters counters = new Counters();
    private final FleetInbox inbox = new FleetInbox(counters, new Doorbell());
    private final List<String> audit = new CopyOnWriteArrayList<>();
    private final Queue<PublishOutcome> outcomes = new ArrayDeque<>();
    private int reasonCode;
    private final AgentActs acts = new AgentActs(
            "pump-7", () -> 5_000, inbox, this::publish, counters, (kind, text) -> audit.add(kind + " " + text));

    private PublishOutcome publish(OutboundMessage message) {
        PublishOutcome outcome = outcomes.isEmpty() ? PublishOutcome.ACCEPTED : outcomes.remove();
        if (outcome == PublishOutcome.ACCEPTED && reasonCode >= 0) {
            inbox.settled(message.token(), reasonCode, reasonCode < 0x80);
        } else if (outcome == PublishOutcome.ACCEPTED) {
            inbox.disconnected();
        }
        return outcome;
    }

    private static Action frame(long number) {
        return new Action("vibration", number, "imbalance", 0.5f, false, System.nanoTime());
    }

    @Test
    void whatDoesNotFitIsRefusedAndCountedAndWhatWaitsAtTheEndIsDone() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch may = new CountDownLatch(1);
        Deed slow = action -> {
            begun.countDown();
            may.await();
            if (action.frame() == 2) {
                throw new ActuatorException("no");
            }
            return "done";
        };
        ActQueue queue = acts.queue("horn", slow);
        assertThat(queue.offer(frame(0))).isTrue();
        begun.await();
        for (int i = 1; i <= Limits.ACTS; i++) {
            assertThat(queue.offer(frame(i))).isTrue();
        }
        assertThat(queue.offer(frame(99))).isFalse();
        assertThat(counters.get(Counter.ACTS_DROPPED)).isEqualTo(1);

        may.countDown();
        acts.close();
        assertThat(queue.offer(frame(100))).isFalse();
        assertThat(counters.get(Counter.ACTS_DONE)).isEqualTo(Limits.ACTS);
        assertThat(counters.get(Counter.ACTS_FAILED)).isEqualTo(1);
        assertThat(audit)
                .hasSize(Limits.ACTS + 1)
                .startsWith("actuator.done horn: done; pipeline vibration frame 0 said imbalance (0.500)")
                .contains("actuator.failed horn: no; pipeline vibration frame 2 said imbalance (0.500)");
    }

    @Test
    void whatHangsIsCutOffWhenItsPipelineEndsAndWhatWaitedBehindItIsCounted() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        ActQueue queue = acts.queue("horn", action -> {
            begun.countDown();
            new CountDownLatch(1).await();
            return "never";
        });
        queue.offer(frame(0));
        queue.offer(frame(1));
        begun.await();
        queue.close();
        assertThat(audit)
                .containsExactly(
                        "actuator.failed horn: was cut off, since its pipeline ended; pipeline vibration frame 0 said"
                                + " imbalance (0.500)",
                        "actuator.refused horn does nothing: 1 waited when their pipeline ended");
        assertThat(counters.get(Counter.ACTS_DROPPED)).isEqualTo(1);
    }

    @Test
    void aMessageIsDoneWhenTheBrokerHasItAndSaysWhyIfNot() throws Exception {
        outcomes.addAll(List.of(PublishOutcome.BUSY, PublishOutcome.ACCEPTED));
        acts.publish("plant/7", new byte[1], false);

        outcomes.add(PublishOutcome.OFFLINE);
        assertThatThrownBy(() -> acts.publish("plant/7", new byte[1], false))
                .isInstanceOf(ActuatorException.class)
                .hasMessage("there is no connection to the broker");
        reasonCode = 0x87;
        assertThatThrownBy(() -> acts.publish("plant/7", new byte[1], false))
                .hasMessage("the broker does not let this device publish there (reason code 0x87)");
        reasonCode = -1;
        assertThatThrownBy(() -> acts.publish("plant/7", new byte[1], false))
                .hasMessage("the connection ended before the broker took it");
    }

    @Test
    void theTextSaysWhoDecidedWhatAndWhen() {
        assertThat(acts.text(new Action("vibration", 3, null, 0.25f, true, System.nanoTime())))
                .startsWith("{\"device\":\"pump-7\",\"pipeline\":\"vibration\",\"time\":")
                .endsWith(",\"frame\":3,\"label\":null,\"score\":0.25,\"alarm\":true}");
        assertThat(acts.text(Action.ordered("vibration", "test", 1))).endsWith(",\"message\":\"test\",\"value\":1.0}");
    }
}
