package io.fulmar.cli.model;

import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.ModelManifest.TensorEntry;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.ReleaseStatement;
import io.fulmar.model.trust.Dsse;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** A package as {@code fulmar model inspect} shows it: what it says of itself, believed or not. */
final class PackageText {
    private PackageText() {}

    static void write(JsonGenerator json, PackageReader reader) {
        json.writeStringProperty("package", reader.folder().toString());
        json.writeStringProperty("image", "sha256:" + reader.imageDigest());
        json.writeStringProperty("manifestDigest", "sha256:" + reader.manifestDigest());
        json.writeName("manifest");
        json.writeRawValue(oneLine(reader.manifestBytes()));
        Dsse envelope = envelope(reader);
        if (envelope == null) {
            json.writeNullProperty("statement");
            return;
        }
        json.writeName("statement");
        json.writeRawValue(
                oneLine(ReleaseStatement.parse(envelope.unverifiedPayload()).toJson()));
        json.writeArrayPropertyStart("keyIds");
        envelope.keyIds().forEach(json::writeString);
        json.writeEndArray();
    }

    /** Line ends stand only between the values of a JSON text. */
    private static String oneLine(byte[] json) {
        return new String(json, StandardCharsets.UTF_8).strip().replaceAll("\\R\\s*", "");
    }

    private static @Nullable Dsse envelope(PackageReader reader) {
        byte[] statement = reader.statement();
        return statement == null ? null : Dsse.read(statement);
    }

    static void print(PrintWriter out, PackageReader reader) {
        ModelManifest manifest = reader.manifest();
        out.printf("%s%n", reader.folder());
        out.printf("  model       %s %s, release %d%n", manifest.name(), manifest.version(), manifest.release());
        line(out, "title", manifest.title());
        line(out, "license", manifest.license());
        out.printf("  manifest    sha256:%s%n", reader.manifestDigest());
        for (FileEntry file : manifest.files()) {
            out.printf("  file        %s, %,d bytes, sha256:%s%n", file.name(), file.size(), file.sha256());
        }
        tensors(out, "input", manifest.inputs());
        tensors(out, "output", manifest.outputs());
        out.printf(
                "  golden      %s%n",
                manifest.golden().isEmpty()
                        ? "no case"
                        : String.join(
                                ", ",
                                manifest.golden().stream()
                                        .map(ModelManifest.GoldenCase::name)
                                        .toList()));
        Long latency = manifest.budgets().latencyMillis();
        Long memory = manifest.budgets().memoryBytes();
        line(out, "latency", latency == null ? null : "at most " + latency + " ms in 95 of 100 runs");
        line(out, "memory", memory == null ? null : String.format("at most %,d bytes", memory));
        out.printf("  boards      %s%n", manifest.devices().isEmpty() ? "any" : String.join(", ", manifest.devices()));
        out.printf("  agents      %s%n", manifest.runtime());
        steps(out, "before", manifest.processing().preprocess());
        steps(out, "after", manifest.processing().postprocess());
        Dsse envelope = envelope(reader);
        if (envelope == null) {
            out.println("  signed      no");
            return;
        }
        ReleaseStatement statement = ReleaseStatement.parse(envelope.unverifiedPayload());
        out.printf(
                "  statement   %s %s, release %d, floor %d, for sha256:%s%n",
                statement.model(), statement.version(), statement.release(), statement.floor(), statement.manifest());
        out.printf("  expires     %s%n", Instant.ofEpochMilli(statement.expiresMillis()));
        envelope.keyIds().forEach(id -> out.printf("  signed      by %s, not checked here%n", id));
    }

    private static void line(PrintWriter out, String name, @Nullable String value) {
        if (value != null) {
            out.printf("  %-10s  %s%n", name, value);
        }
    }

    /** As they are written in TOML. */
    private static void steps(PrintWriter out, String what, List<Map<String, Object>> steps) {
        for (int i = 0; i < steps.size(); i++) {
            Map<String, Object> step = steps.get(i);
            String keys = step.entrySet().stream()
                    .filter(entry -> !entry.getKey().equals("type"))
                    .map(entry -> ", " + entry.getKey() + " = " + entry.getValue())
                    .collect(Collectors.joining());
            out.printf("  %-10s  %s%s%n", what + " " + (i + 1), step.get("type"), keys);
        }
    }

    private static void tensors(PrintWriter out, String what, List<TensorEntry> tensors) {
        for (int i = 0; i < tensors.size(); i++) {
            out.printf("  %-10s  %s%n", what + " " + i, tensors.get(i));
        }
    }
}
