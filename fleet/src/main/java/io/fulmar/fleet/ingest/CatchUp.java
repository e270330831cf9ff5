package io.fulmar.fleet.ingest;

import io.fulmar.fleet.base.Limits;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.StreamPosition;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lets devices that are far behind send in turns. A broker keeps one queue for this service, and what is new anywhere would wait
 * in it behind all that is old everywhere: after an outage, thousands of devices have hundreds of rows each.
 *
 * <p>While no more than a few streams are behind, nothing is held up. Beyond that each of them is told to wait, and told to go on
 * when its turn comes: some batches, one at a time. How many have their turn at once follows from how long it takes to store what
 * comes. A stream whose turn never comes, because this service ended, goes on by itself after a while. Owned by the ingest thread.
 */
final class CatchUp {
    private final Map<Key, Behind> behind = new HashMap<>();
    private final Set<Behind> queue = new LinkedHashSet<>();
    private final Map<Key, Behind> sending = new HashMap<>();
    private int places = Limits.TURNS_AT_FIRST;
    private boolean wanted;
    private long longestNanos;
    private long judgedNanos;
    private long lookedNanos;

    /**
     * How a device is to go on.
     *
     * @param credit how many batches it may have under way
     * @param retryAfterMillis how long its stream waits, unless it is told to go on before
     */
    record Pace(int credit, int retryAfterMillis) {
        static final Pace FREE = new Pace(Limits.CREDIT, 0);
        static final Pace ONE_AT_A_TIME = new Pace(1, 0);

        boolean waits() {
            return retryAfterMillis > 0;
        }
    }

    /** A stream whose turn has come. */
    record Turn(String device, long epoch, Stream stream, StreamHead head) {}

    /** A device has connected and says what it holds. */
    Pace greeted(String device, StreamPosition position, StreamHead head, long nowNanos) {
        var key = new Key(device, position.stream());
        long owed = position.next() - Math.max(position.firstBuffered(), head.next());
        if (owed <= Limits.BEHIND_ROWS) {
            forget(key);
            return Pace.FREE;
        }
        Behind it = behind(key, position.epoch(), head, nowNanos);
        if (it == null) {
            return Pace.FREE;
        }
        it.until = position.next();
        return wait(it);
    }

    /** A batch is stored, or was before. */
    Pace stored(String device, Batch batch, StreamHead head, long nowNanos) {
        var key = new Key(device, batch.stream());
        Behind it = behind.get(key);
        boolean large = batch.rows().size() >= Limits.BEHIND_ROWS / 2;
        if (it == null && large) {
            it = behind(key, batch.epoch(), head, nowNanos);
        }
        if (it == null) {
            return Pace.FREE;
        }
        boolean done = it.until == Behind.UNKNOWN ? !large : head.next() >= it.until;
        if (done || it.epoch != batch.epoch()) {
            forget(key);
            return Pace.FREE;
        }
        it.head = head;
        it.heardNanos = nowNanos;
        it.silences = 0;
        it.batches++;
        if (sending.containsKey(key) && it.batches < Limits.TURN_BATCHES) {
            return Pace.ONE_AT_A_TIME;
        }
        return wait(it);
    }

    /** How a stream goes on of which nothing was stored. */
    Pace asked(String device, Stream stream) {
        var key = new Key(device, stream);
        Behind it = behind.get(key);
        if (it == null) {
            return Pace.FREE;
        }
        return sending.containsKey(key) ? Pace.ONE_AT_A_TIME : wait(it);
    }

    /** Whose turn has come since. */
    List<Turn> turns(long nowNanos) {
        if (behind.isEmpty()) {
            return List.of();
        }
        if (nowNanos - lookedNanos >= Limits.TURN_SILENCE.toNanos() / 4) {
            lookedNanos = nowNanos;
            passOverTheSilent(nowNanos);
        }
        List<Turn> turns = new ArrayList<>();
        Iterator<Behind> first = queue.iterator();
        while (first.hasNext() && (sending.size() < places || few())) {
            Behind it = first.next();
            first.remove();
            it.batches = 0;
            it.heardNanos = nowNanos;
            sending.put(it.key, it);
            turns.add(new Turn(it.key.device, it.epoch, it.key.stream, it.head));
        }
        wanted |= !queue.isEmpty();
        return turns;
    }

    /** Storing what had come has taken that long: more streams at once, or fewer. */
    void took(long nanos, long nowNanos) {
        longestNanos = Math.max(longestNanos, nanos);
        if (nowNanos - judgedNanos < Limits.TURNS_JUDGED.toNanos()) {
            return;
        }
        if (longestNanos > Limits.STORING_LONG.toNanos()) {
            places = Math.max(Limits.TURNS_LEAST, places * 3 / 4);
        } else if (wanted && longestNanos < Limits.STORING_LONG.toNanos() / 2) {
            places = Math.min(Limits.TURNS_MOST, places + Math.max(1, places / 4));
        }
        wanted = false;
        longestNanos = 0;
        judgedNanos = nowNanos;
    }

    /** How many streams are behind, as far as is known. */
    int size() {
        return behind.size();
    }

    void clear() {
        behind.clear();
        queue.clear();
        sending.clear();
    }

    private boolean few() {
        return behind.size() <= Limits.BEHIND_FEW;
    }

    private @Nullable Behind behind(Key key, long epoch, StreamHead head, long nowNanos) {
        Behind it = behind.get(key);
        if (it == null && behind.size() < Limits.BEHIND_STREAMS) {
            it = new Behind(key, head);
            behind.put(key, it);
        }
        if (it != null) {
            it.epoch = epoch;
            it.head = head;
            it.heardNanos = nowNanos;
            it.silences = 0;
        }
        return it;
    }

    /** Nobody is told to wait without being queued. */
    private Pace wait(Behind it) {
        if (few()) {
            return Pace.FREE;
        }
        sending.remove(it.key);
        queue.add(it); // who is queued keeps its place
        long millis = Limits.TURN_AWAITED.toMillis() + Limits.TURN_LASTS.toMillis() * queue.size();
        return new Pace(1, (int) Math.min(millis, Integer.MAX_VALUE));
    }

    /** Who has a turn and says nothing is slow, or gone, or was not reached. */
    private void passOverTheSilent(long nowNanos) {
        List<Behind> silent = behind.values().stream()
                .filter(it -> !queue.contains(it) && nowNanos - it.heardNanos > Limits.TURN_SILENCE.toNanos())
                .toList();
        for (Behind it : silent) {
            it.heardNanos = nowNanos;
            it.silences++;
            if (it.silences > Limits.TURN_SILENCES) {
                forget(it.key);
            } else if (sending.remove(it.key) != null) {
                queue.add(it);
            }
        }
    }

    private void forget(Key key) {
        Behind it = behind.remove(key);
        sending.remove(key);
        if (it != null) {
            queue.remove(it);
        }
    }

    private record Key(String device, Stream stream) {}

    /** A stream that is behind; either it is queued, or it has its turn, or few are behind. */
    private static final class Behind {
        private static final long UNKNOWN = Long.MAX_VALUE;

        private final Key key;
        private long epoch;
        private StreamHead head;
        private long until = UNKNOWN;
        private long heardNanos;
        private int batches;
        private int silences;

        Behind(Key key, StreamHead head) {
            this.key = key;
            this.head = head;
        }
    }
}
