package io.fulmar.cli.outbox;

import io.fulmar.cli.ExitCode;
import io.fulmar.sync.outbox.OutboxInspector;
import io.fulmar.sync.outbox.OutboxReport;
import io.fulmar.sync.outbox.SetAside;
import io.fulmar.sync.wire.Epochs;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** {@code fulmar outbox inspect}: the figures of every stream of a store. Owned by the main thread. */
@Command(
        name = "inspect",
        description = "Shows what a device's store holds, per stream, without changing it. Where no agent is running,"
                + " every row is read and checked against the hash chain.")
public final class InspectCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "The folder of the store: state.dir of the device's file.")
    private @Nullable Path dir;

    @Option(names = "--json", description = "Prints one JSON object instead of a table.")
    private boolean json;

    @Override
    public Integer call() {
        OutboxReport report = OutboxInspector.inspect(Objects.requireNonNull(dir));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        long now = InstantSource.system().millis();
        if (json) {
            out.println(toJson(report, now));
        } else {
            print(report, now, out);
        }
        out.flush();
        return report.problem() == null ? ExitCode.OK : ExitCode.FAILED;
    }

    private static void print(OutboxReport report, long now, PrintWriter out) {
        out.printf(
                "%s: epoch %s, boot %d, %,d bytes; %s%n",
                report.dir(),
                Epochs.text(report.epoch()),
                report.boot(),
                report.bytes(),
                report.running()
                        ? "an agent is running: figures of its last commit"
                        : "no agent is running: every row was read and checked");
        if (report.problem() != null) {
            out.println("PROBLEM: " + report.problem());
        }
        out.printf(
                "%-7s %10s %12s %10s %10s %12s %14s %10s%n",
                "stream", "recorded", "acknowledged", "buffered", "evicted", "quarantined", "bytes", "oldest");
        for (OutboxReport.StreamReport stream : report.streams()) {
            out.printf(
                    "%-7s %10d %12d %10d %10d %12d %14s %10s%n",
                    stream.stream().topicName(),
                    stream.counters().recorded(),
                    stream.counters().acknowledged(),
                    stream.counters().buffered(),
                    stream.counters().evicted(),
                    stream.counters().quarantined(),
                    stream.recordBytes() < 0 ? "-" : String.valueOf(stream.recordBytes()),
                    age(stream, now));
        }
        for (String damaged : report.damaged()) {
            out.println("kept after damage: " + SetAside.at(report.dir().resolve(damaged)));
        }
    }

    private static String age(OutboxReport.StreamReport stream, long now) {
        Long oldest = stream.oldestWallMillis();
        return oldest == null ? "-" : Duration.ofMillis(now - oldest).toSeconds() + "s";
    }

    private static String toJson(OutboxReport report, long now) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            out.writeStartObject();
            out.writeStringProperty("dir", report.dir().toString());
            out.writeBooleanProperty("running", report.running());
            out.writeStringProperty("epoch", Epochs.text(report.epoch()));
            out.writeNumberProperty("boot", report.boot());
            out.writeNumberProperty("bytes", report.bytes());
            out.writeStringProperty("problem", report.problem());
            out.writeArrayPropertyStart("streams");
            for (OutboxReport.StreamReport stream : report.streams()) {
                write(out, stream, now);
            }
            out.writeEndArray();
            out.writeArrayPropertyStart("damaged");
            report.damaged().forEach(out::writeString);
            out.writeEndArray();
            out.writeEndObject();
        }
        return text.toString();
    }

    private static void write(JsonGenerator out, OutboxReport.StreamReport stream, long now) {
        out.writeStartObject();
        out.writeStringProperty("stream", stream.stream().topicName());
        out.writeNumberProperty("next", stream.next());
        out.writeNumberProperty("acknowledgedUpTo", stream.acknowledgedUpTo());
        out.writeNumberProperty("recorded", stream.counters().recorded());
        out.writeNumberProperty("acknowledged", stream.counters().acknowledged());
        out.writeNumberProperty("buffered", stream.counters().buffered());
        out.writeNumberProperty("evicted", stream.counters().evicted());
        out.writeNumberProperty("quarantined", stream.counters().quarantined());
        if (stream.recordBytes() >= 0) {
            out.writeNumberProperty("bytes", stream.recordBytes());
        }
        Long oldest = stream.oldestWallMillis();
        if (oldest != null) {
            out.writeNumberProperty("oldestAgeMillis", now - oldest);
        }
        out.writeEndObject();
    }
}
