package io.fulmar.fleet.api.server;

import io.fulmar.fleet.base.Limits;
import io.javalin.http.Context;
import io.javalin.http.sse.SseClient;
import io.javalin.http.sse.SseHandler;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A browser that listens to events. What is sent waits in a bounded queue for a sender of its own, so that one that does not
 * read holds up nobody. Thread-safe.
 */
final class SseStream implements EventStream {
    private final SseClient client;
    private final BlockingQueue<Event> waiting = new ArrayBlockingQueue<>(Limits.EVENTS_WAITING);
    private final AtomicBoolean closed = new AtomicBoolean();
    private final AtomicReference<@Nullable Runnable> closeAction = new AtomicReference<>();

    private record Event(String name, String id, String json) {}

    private SseStream(SseClient client) {
        this.client = client;
    }

    static void open(Context context, Executor senders, Consumer<EventStream> subscriber) {
        context.header("X-Accel-Buffering", "no");
        new SseHandler(0, client -> {
                    client.keepAlive();
                    var stream = new SseStream(client);
                    client.onClose(stream::close);
                    subscriber.accept(stream);
                    senders.execute(stream::sendAll);
                })
                .handle(context);
    }

    @Override
    public void send(String event, String id, String json) {
        if (!waiting.offer(new Event(event, id, json))) {
            close();
        }
    }

    @Override
    public void onClose(Runnable action) {
        closeAction.set(action);
        if (closed.get()) {
            runCloseAction();
        }
    }

    private void sendAll() {
        try {
            while (!closed.get()) {
                Event event = waiting.poll(Limits.EVENTS_SILENCE.toMillis(), TimeUnit.MILLISECONDS);
                if (client.terminated()) {
                    break;
                }
                if (event == null) {
                    client.sendComment("still here");
                } else {
                    client.sendEvent(event.name(), event.json(), event.id());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            close();
        }
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            runCloseAction();
            client.close();
        }
    }

    private void runCloseAction() {
        Runnable action = closeAction.getAndSet(null);
        if (action != null) {
            action.run();
        }
    }
}
