package io.fulmar.fleet.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.ingest.CatchUp.Pace;
import io.fulmar.fleet.ingest.CatchUp.Turn;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.ChainHash;
import io.fulmar.sync.wire.Row;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.StreamPosition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CatchUpTest {
    private static final long EPOCH = 7;

    private final CatchUp catchUp = new CatchUp();
    private final Map<String, Long> next = new HashMap<>();
    private final List<String> sending = new ArrayList<>();
    private long now = Duration.ofHours(1).toNanos();

    @Test
    void aFewStreamsThatAreBehindAreNotHeldUp() {
        for (int i = 0; i < Limits.BEHIND_FEW; i++) {
            assertThat(greeted("d" + i, 1_000_000)).isEqualTo(Pace.FREE);
            assertThat(stored("d" + i, 500)).isEqualTo(Pace.FREE);
        }
        assertThat(catchUp.turns(now)).isEmpty();
    }

    @Test
    void whoCanSendAllInOneBatchNeverWaits() {
        behind(5_000, 100_000);
        assertThat(greeted("live", Limits.BEHIND_ROWS)).isEqualTo(Pace.FREE);
        assertThat(stored("live", 20)).isEqualTo(Pace.FREE);
        assertThat(catchUp.asked("live", Stream.DATA)).isEqualTo(Pace.FREE);
    }

    @Test
    void ofThousandsOnlySomeSendAtOnceAndAllAreDoneInTheEnd() {
        int devices = 3_000;
        int rows = 5_250;
        behind(devices, rows);
        Deque<String> sending = new ArrayDeque<>();
        Set<String> done = new HashSet<>();
        for (int i = 0; i < Limits.BEHIND_FEW; i++) {
            sending.add("d" + i); // these were let go before the others came
        }
        int most = 0;
        for (int step = 0; step < 1_000_000 && done.size() < devices; step++) {
            now += Duration.ofMillis(1).toNanos();
            for (Turn turn : catchUp.turns(now)) {
                assertThat(turn.epoch()).isEqualTo(EPOCH);
                assertThat(turn.head().next()).isEqualTo(next.getOrDefault(turn.device(), 1L));
                sending.add(turn.device());
            }
            most = Math.max(most, sending.size());
            assertThat(sending).as("somebody may always send").isNotEmpty();
            String device = sending.remove();
            long left = rows + 1 - next.getOrDefault(device, 1L);
            Pace pace = stored(device, (int) Math.min(500, left));
            catchUp.took(Limits.STORING_LONG.toNanos() * 2 / 3, now); // neither long nor short
            if (left <= 500) {
                done.add(device);
                assertThat(pace).isEqualTo(Pace.FREE);
            } else if (!pace.waits()) {
                sending.add(device);
            }
        }
        assertThat(done).hasSize(devices);
        assertThat(most).isEqualTo(Limits.TURNS_AT_FIRST + Limits.BEHIND_FEW);
        assertThat(catchUp.size()).isZero();
    }

    @Test
    void fewerHaveTheirTurnWhenStoringTakesLongAndMoreWhenItDoesNot() {
        behind(5_000, 1_000_000);
        int first = turnsAtOnce();
        for (int i = 0; i < 20; i++) {
            judged(Limits.STORING_LONG.multipliedBy(2));
        }
        giveAllBack();
        assertThat(turnsAtOnce()).isEqualTo(Limits.TURNS_LEAST).isLessThan(first);
        for (int i = 0; i < 40; i++) {
            giveAllBack();
            turnsAtOnce();
            judged(Duration.ofMillis(1));
        }
        giveAllBack();
        assertThat(turnsAtOnce()).isEqualTo(Limits.TURNS_MOST);
    }

    @Test
    void whoHasItsTurnAndSaysNothingIsPassedOverAndForgottenInTheEnd() {
        behind(100, 1_000_000);
        Map<String, Integer> turns = new HashMap<>();
        for (int i = 0; i < 500 && catchUp.size() > 0; i++) {
            catchUp.turns(now).forEach(turn -> turns.merge(turn.device(), 1, Integer::sum));
            now += Limits.TURN_SILENCE.plusMillis(1).toNanos();
        }
        assertThat(catchUp.size()).isZero();
        assertThat(turns.values()).contains(Limits.TURN_SILENCES + 1);
        assertThat(Collections.max(turns.values())).isEqualTo(Limits.TURN_SILENCES + 1);
    }

    @Test
    void aServiceThatIsNewKnowsThoseWhoAreBehindByTheirLargeBatches() {
        Pace last = Pace.FREE;
        for (int i = 0; i <= Limits.BEHIND_FEW; i++) {
            last = stored("d" + i, 500);
        }
        assertThat(last.waits()).isTrue();
        assertThat(catchUp.asked("d" + Limits.BEHIND_FEW, Stream.DATA).waits()).isTrue();
        assertThat(catchUp.turns(now)).extracting(Turn::device).containsExactly("d" + Limits.BEHIND_FEW);
        assertThat(stored("d" + Limits.BEHIND_FEW, 10)).as("has caught up").isEqualTo(Pace.FREE);
    }

    @Test
    void whoIsToldToWaitBecauseSomethingIsMissingGetsItsTurnToo() {
        greeted("early", 1_000_000);
        assertThat(catchUp.asked("early", Stream.DATA)).isEqualTo(Pace.FREE);
        behind(Limits.BEHIND_FEW - 1, 1_000_000);
        assertThat(greeted("last", 1_000_000).waits()).isTrue();
        assertThat(catchUp.asked("early", Stream.DATA).waits()).isTrue();
        assertThat(catchUp.turns(now)).extracting(Turn::device).containsExactly("last", "early");
        assertThat(catchUp.asked("early", Stream.DATA)).isEqualTo(Pace.ONE_AT_A_TIME);
    }

    @Test
    void whoConnectsAgainKeepsItsPlace() {
        behind(50, 1_000_000);
        String waits = "d49";
        assertThat(greeted(waits, 1_000_000).waits()).isTrue();
        List<String> turns = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            now += Limits.TURN_SILENCE.plusMillis(1).toNanos();
            catchUp.turns(now).forEach(turn -> turns.add(turn.device()));
        }
        assertThat(turns.indexOf(waits)).isBetween(0, 49);
        assertThat(turns.subList(0, turns.indexOf(waits))).doesNotHaveDuplicates();
    }

    private void behind(int devices, long rows) {
        for (int i = 0; i < devices; i++) {
            assertThat(greeted("d" + i, rows).waits()).isEqualTo(i >= Limits.BEHIND_FEW);
        }
    }

    private int turnsAtOnce() {
        List<Turn> turns = catchUp.turns(now);
        turns.forEach(turn -> sending.add(turn.device()));
        return sending.size();
    }

    private void giveAllBack() {
        for (String device : sending) {
            for (int i = 0; i < Limits.TURN_BATCHES; i++) {
                stored(device, 250);
            }
        }
        sending.clear();
    }

    private void judged(Duration took) {
        now += Limits.TURNS_JUDGED.toNanos();
        catchUp.took(took.toNanos(), now);
    }

    private Pace greeted(String device, long rows) {
        long from = next.getOrDefault(device, 1L);
        var position = new StreamPosition(EPOCH, Stream.DATA, from + rows, ChainHash.ZERO, from);
        return catchUp.greeted(device, position, new StreamHead(from, ChainHash.ZERO), now);
    }

    private Pace stored(String device, int rows) {
        long from = next.getOrDefault(device, 1L);
        next.put(device, from + rows);
        List<Row> data = new ArrayList<>(Collections.nCopies(rows, new Row.Data(new byte[1])));
        var batch = new Batch(EPOCH, Stream.DATA, from, ChainHash.ZERO, data);
        return catchUp.stored(device, batch, new StreamHead(from + rows, ChainHash.ZERO), now);
    }
}
