package io.fulmar.agent.api.rows;

import io.fulmar.agent.api.http.ApiException;
import io.fulmar.agent.api.http.Call;
import io.fulmar.agent.api.http.Reply;
import io.fulmar.agent.api.http.Route;
import io.fulmar.agent.run.Asked;
import io.fulmar.agent.run.StoreErrands;
import io.fulmar.sync.outbox.AckResult;
import io.fulmar.sync.outbox.RowStore;
import io.fulmar.sync.outbox.SetAside;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.RowsAnswer;
import io.fulmar.sync.wire.RowsFile;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import tools.jackson.core.JsonGenerator;

/**
 * Gives what waits for the fleet as a {@link RowsFile}, and takes what the fleet says to it. Nothing is deleted until then, and what
 * goes to the fleet meanwhile in the usual way does no harm: it stores each row once. Thread-safe.
 */
public final class RowsRoutes {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final String device;
    private final Path state;
    private final StoreErrands errands;
    private final Predicate<RowsAnswer.Held> salvage;

    /**
     * @param state the state directory
     * @param salvage takes word of a store that was set aside, and says whether there is such a store
     */
    public RowsRoutes(String device, Path state, StoreErrands errands, Predicate<RowsAnswer.Held> salvage) {
        this.device = device;
        this.state = state;
        this.errands = errands;
        this.salvage = salvage;
    }

    public List<Route> routes() {
        return List.of(
                Route.ownerGet("/api/v1/outbox/rows", call -> rows()),
                Route.ownerPost("/api/v1/outbox/acknowledgement", this::acknowledge));
    }

    private Reply rows() throws ApiException {
        ask(store -> true); // who cannot answer now says so, rather than break off
        String name = "attachment; filename=\"" + device + ".rows\"";
        return new Reply(200, RowsFile.TYPE, Map.of("Content-Disposition", name), -1, this::write);
    }

    private void write(OutputStream out) throws IOException {
        RowsFile.Writer file = new RowsFile.Writer(out, device);
        try {
            for (Stream stream : Stream.values()) {
                long last = ask(store -> store.state(stream).next() - 1);
                long next = ask(store -> store.state(stream).firstBuffered());
                while (next <= last) {
                    long from = next;
                    Optional<Batch> batch = ask(store -> Optional.ofNullable(
                            store.read(stream, from, Limits.BATCH_ROWS, Limits.INFLATED_BYTES / 2)));
                    if (batch.isEmpty()) {
                        break;
                    }
                    file.write(batch.get());
                    next = batch.get().last() + 1;
                }
            }
        } catch (ApiException e) {
            throw new IOException(e.getMessage(), e); // without its end the file is none
        }
        for (SetAside aside : SetAside.in(state)) {
            aside.read(file::write);
        }
        file.end();
    }

    private record Result(Stream stream, AckResult result) {}

    private Reply acknowledge(Call call) throws ApiException, IOException {
        RowsAnswer answer = read(call);
        if (!answer.device().equals(device)) {
            throw ApiException.malformed("this is for " + answer.device() + ", and here is " + device);
        }
        List<Result> results = new ArrayList<>();
        List<RowsAnswer.Held> now = new ArrayList<>();
        for (RowsAnswer.Held held : answer.streams()) {
            if (salvage.test(held)) {
                String reason = "it is of a store that was set aside, and is compared with it now";
                results.add(new Result(held.stream(), new AckResult.Stale(reason)));
            } else {
                now.add(held);
            }
        }
        results.addAll(ask(store -> acknowledged(store, now)));
        return Reply.json(200, json -> {
            json.writeStringProperty("device", device);
            json.writeArrayPropertyStart("streams");
            for (Result it : results) {
                json.writeStartObject();
                json.writeStringProperty("stream", it.stream().topicName());
                switch (it.result()) {
                    case AckResult.Advanced(long upTo, long rows) -> {
                        json.writeStringProperty("result", "acknowledged");
                        json.writeNumberProperty("upTo", upTo);
                        json.writeNumberProperty("rows", rows);
                    }
                    case AckResult.Stale(String reason) -> refused(json, "known", reason);
                    case AckResult.Unverifiable(String reason) -> refused(json, "unverifiable", reason);
                    case AckResult.Disbelieved(String reason) -> refused(json, "disbelieved", reason);
                    case AckResult.Failed(String reason) -> refused(json, "failed", reason);
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }

    private static void refused(JsonGenerator json, String result, String reason) {
        json.writeStringProperty("result", result);
        json.writeStringProperty("reason", reason);
    }

    private static List<Result> acknowledged(RowStore store, List<RowsAnswer.Held> streams) {
        List<Result> results = new ArrayList<>();
        for (RowsAnswer.Held held : streams) {
            results.add(new Result(held.stream(), store.acknowledge(held.acknowledge())));
        }
        return results;
    }

    private static RowsAnswer read(Call call) throws ApiException, IOException {
        try {
            return RowsAnswer.read(new String(call.body(), StandardCharsets.UTF_8));
        } catch (WireException e) {
            throw ApiException.malformed("this is not what a fleet says to a file of rows: " + e.getMessage());
        }
    }

    private <T> T ask(Function<RowStore, T> what) throws ApiException {
        return switch (errands.ask(what, PATIENCE)) {
            case Asked.Done<T>(T value) -> value;
            case Asked.NotBegun<T> _, Asked.NotEnded<T> _ ->
                throw new ApiException(503, "the store has no time for this now", Map.of("Retry-After", "5"));
        };
    }
}
