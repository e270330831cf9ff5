package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.ingest.Carried;
import io.fulmar.fleet.ingest.StreamHead;
import io.fulmar.fleet.ingest.Verdict;
import io.fulmar.sync.wire.Batch;
import io.fulmar.sync.wire.Epochs;
import io.fulmar.sync.wire.RowsFile;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Takes rows that were carried here in a file. Thread-safe. */
public final class RowsRoutes {
    /** Streams of one file at most, of all epochs. */
    private static final int STREAMS = 64;

    private final Carried carried;

    public RowsRoutes(Carried carried) {
        this.carried = carried;
    }

    public void addTo(Router router) {
        router.add(Verb.PUT, "/api/v1/rows", Role.OPERATOR, this::take);
    }

    /** What became of a file so far. */
    private static final class Outcome {
        private final Set<Key> begun = new HashSet<>();
        private final Map<Key, StreamHead> heads = new LinkedHashMap<>();
        private final List<String> trouble = new ArrayList<>();
        private long rows;
        private long stored;

        /** A device has three streams of now, and three of each damaged store that it read back. */
        private record Key(long epoch, Stream stream) {
            private static Key of(Batch batch) {
                return new Key(batch.epoch(), batch.stream());
            }
        }

        private boolean goesOn(Batch batch) {
            Key key = Key.of(batch);
            if (begun.size() == STREAMS && !begun.contains(key)) {
                throw new WireException("the file has more than " + STREAMS + " streams");
            }
            return begun.contains(key) == heads.containsKey(key);
        }

        private void add(Batch batch, Verdict verdict) {
            begun.add(Key.of(batch));
            rows += batch.last() - batch.first() + 1;
            switch (verdict) {
                case Verdict.Stored it -> {
                    stored += it.rows();
                    heads.put(Key.of(batch), it.head());
                }
                case Verdict.Duplicate it -> heads.put(Key.of(batch), it.head());
                case Verdict.Ahead it ->
                    stop(
                            batch,
                            "begins at row " + batch.first() + ", and the rows from "
                                    + it.head().next()
                                    + " on before it are missing here: they are in an older file, or on their way");
                case Verdict.Conflict it -> stop(batch, "contradicts what is stored: " + it.reason());
            }
        }

        private void stop(Batch batch, String reason) {
            heads.remove(Key.of(batch));
            trouble.add(batch.stream().topicName() + " " + reason);
        }
    }

    private Answer take(Call call) {
        Outcome outcome = new Outcome();
        try (RowsFile.Reader file = new RowsFile.Reader(call.stream())) {
            call.audit(file.device(), null);
            for (@Nullable Batch batch = file.next(); batch != null; batch = file.next()) {
                if (outcome.goesOn(batch)) {
                    outcome.add(batch, carried.store(file.device(), batch));
                }
            }
            call.audit(file.device(), outcome.stored + " rows");
            return Answer.object(json -> {
                json.writeStringProperty("device", file.device());
                json.writeNumberProperty("rows", outcome.rows);
                json.writeNumberProperty("stored", outcome.stored);
                json.writeArrayPropertyStart("streams");
                outcome.heads.forEach((key, head) -> {
                    json.writeStartObject();
                    json.writeStringProperty("stream", key.stream().topicName());
                    json.writeStringProperty("epoch", Epochs.text(key.epoch()));
                    json.writeNumberProperty("upTo", head.next() - 1);
                    json.writeStringProperty("hash", head.hash().text());
                    json.writeEndObject();
                });
                json.writeEndArray();
                json.writeArrayPropertyStart("trouble");
                outcome.trouble.forEach(json::writeString);
                json.writeEndArray();
            });
        } catch (WireException e) {
            throw Problem.senseless(
                    String.valueOf(e.getMessage()),
                    outcome.rows == 0
                            ? null
                            : "what came before is stored; copy the file again and send the whole of it");
        } catch (IOException e) {
            throw Problem.malformed("The file broke off: " + e.getMessage());
        }
    }
}
