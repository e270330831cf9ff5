package io.fulmar.agent.run;

import io.fulmar.agent.health.Counter;
import io.fulmar.agent.health.Counters;
import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.agent.io.act.ActQueue;
import io.fulmar.agent.io.act.Deed;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Does what takes its time on a thread of its own, which begins with the first action, and says what became of each.
 *
 * <p>Its policy when it is full: the new action is refused and counted; an act that failed is not tried again. Thread-safe.
 */
final class QueuedActs implements ActQueue {
    private final String name;
    private final Deed deed;
    private final Counters counters;
    private final BiConsumer<String, String> audit;
    /** Behind the last one stands nothing. */
    private final ArrayBlockingQueue<Optional<Action>> waiting = new ArrayBlockingQueue<>(Limits.ACTS + 1);

    private @Nullable Thread thread;
    private boolean closed;

    /** @param audit takes the kind and the text of an event, and never waits */
    QueuedActs(String name, Deed deed, Counters counters, BiConsumer<String, String> audit) {
        this.name = name;
        this.deed = deed;
        this.counters = counters;
        this.audit = audit;
    }

    @Override
    public synchronized boolean offer(Action action) {
        if (closed || waiting.size() >= Limits.ACTS) {
            counters.count(Counter.ACTS_DROPPED);
            return false;
        }
        waiting.add(Optional.of(action));
        if (thread == null) {
            thread = Thread.ofPlatform().name("fulmar-act-" + name).daemon(true).start(this::work);
        }
        return true;
    }

    synchronized boolean closed() {
        return closed;
    }

    private void work() {
        try (deed) {
            for (Optional<Action> next = waiting.take(); next.isPresent(); next = waiting.take()) {
                perform(next.get());
            }
        } catch (InterruptedException left) {
            // what waits is counted by whoever closes
        }
    }

    private void perform(Action action) throws InterruptedException {
        try {
            String went = deed.perform(action);
            counters.count(Counter.ACTS_DONE);
            audit.accept("actuator.done", name + ": " + went + "; " + action.text());
        } catch (ActuatorException e) {
            failed(action, String.valueOf(e.getMessage()));
        } catch (InterruptedException e) {
            failed(action, "was cut off, since its pipeline ended");
            throw e;
        } catch (RuntimeException e) {
            failed(action, e.toString());
        }
    }

    private void failed(Action action, String why) {
        counters.count(Counter.ACTS_FAILED);
        audit.accept("actuator.failed", name + ": " + why + "; " + action.text());
    }

    @Override
    public void close() {
        Thread worker;
        synchronized (this) {
            worker = thread;
            if (closed || worker == null) {
                closed = true;
                return;
            }
            closed = true;
            waiting.add(Optional.empty());
        }
        try {
            if (!worker.join(Limits.LAST_ACTS)) {
                worker.interrupt();
                worker.join(Limits.LAST_ACTS);
            }
        } catch (InterruptedException e) {
            worker.interrupt();
            Thread.currentThread().interrupt();
        }
        long left = waiting.stream().filter(Optional::isPresent).count();
        if (left > 0) {
            counters.add(Counter.ACTS_DROPPED, left);
            audit.accept("actuator.refused", name + " does nothing: " + left + " waited when their pipeline ended");
        }
    }
}
