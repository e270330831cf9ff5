package io.fulmar.cli.config;

import io.fulmar.cli.ExitCode;
import io.fulmar.config.BoardProfile;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.ConfigText;
import io.fulmar.config.Device;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.Problem;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/** {@code fulmar check-config}: says everything that is wrong with a device's file. Owned by the main thread. */
@Command(
        name = "check-config",
        description =
                "Reports every problem of a device's configuration file, with line, column and the nearest valid name.",
        footer = {
            "",
            "Prints a line that starts with OK where there is none. Fragments in conf.d beside the file are read too.",
            "Keys: docs/configuration.md."
        })
public final class CheckConfigCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The device's TOML file.")
    private @Nullable Path file;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description = "Overrides a key of the file by its dotted path, for example device.id=d7; repeatable.")
    private Map<String, String> overrides = new LinkedHashMap<>();

    @Option(
            names = "--remote",
            paramLabel = "FRAGMENT",
            description = "Lays this TOML file over it as if the fleet had sent it, with what the fleet cannot change.")
    private @Nullable Path remote;

    @ArgGroup
    private Shown shown = new Shown();

    /** What is printed instead of lines, or of a right configuration instead of the line with OK. Owned by the main thread. */
    private static final class Shown {
        @Option(names = "--json", description = "Prints one JSON object instead of lines.")
        private boolean json;

        @Option(
                names = "--effective",
                description = "Prints the configuration that results, as TOML, each key with where it was said.")
        private boolean effective;

        @Option(names = "--board-pins", description = "Prints the pins of the device's board and what each is for.")
        private boolean pins;
    }

    @Override
    public Integer call() {
        LoadResult result = ConfigLoader.load(sources());
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        out.println(shown.json ? toJson(result) : toText(result));
        out.flush();
        return switch (result) {
            case LoadResult.Loaded _ -> ExitCode.OK;
            case LoadResult.Invalid _ -> ExitCode.USAGE;
        };
    }

    private ConfigSources sources() {
        ConfigSources sources = ConfigSources.of(Objects.requireNonNull(file)).overrides(overrides);
        return remote == null ? sources : sources.remote(remote.toString(), ConfigLoader.fragment(remote));
    }

    private String toText(LoadResult result) {
        return switch (result) {
            case LoadResult.Loaded loaded
            when shown.effective -> ConfigText.of(loaded).stripTrailing();
            case LoadResult.Loaded loaded
            when shown.pins -> pins(loaded.config().device());
            case LoadResult.Loaded loaded -> "OK " + file + ": " + summary(loaded.config());
            case LoadResult.Invalid(List<Problem> problems) ->
                problems.stream().map(Problem::text).collect(Collectors.joining(System.lineSeparator()));
        };
    }

    private static String pins(Device device) {
        BoardProfile board = device.board() == null
                ? null
                : BoardProfile.named(device.board()).orElse(null);
        if (board == null) {
            return "The configuration names no board. Those that are known: " + String.join(", ", BoardProfile.NAMES);
        }
        StringBuilder text = new StringBuilder(board.title() + " (" + board.soc() + ", " + board.memory() + ")");
        if (board.gpioChip() == null) {
            return text.append(": no pins").toString();
        }
        text.append(", GPIO controller ").append(board.gpioChip()).append("\n\nPIN   GPIO  USE");
        board.pins().stream()
                .sorted(Comparator.comparingInt(BoardProfile.Pin::header))
                .forEach(pin -> text.append(String.format(
                        "\n%-4d  %-4d  %s", pin.header(), pin.gpio(), String.join(", ", board.uses(pin)))));
        text.append("\n\nBUS    DEVICE                   ENABLED BY");
        for (BoardProfile.Bus bus : board.buses()) {
            text.append(String.format("\n%-5s  %-23s  %s", bus.name(), bus.device(), bus.enable()));
        }
        return text.toString();
    }

    private static String summary(DeviceConfig config) {
        return "device " + config.device().id() + ", broker " + config.mqtt().url() + ", state "
                + config.state().dir() + ", "
                + config.pipelines().stream().map(CheckConfigCommand::summary).collect(Collectors.joining(", "));
    }

    private static String summary(PipelineSettings pipeline) {
        return "pipeline " + pipeline.name() + " runs " + pipeline.model();
    }

    private String toJson(LoadResult result) {
        var text = new java.io.StringWriter();
        try (JsonGenerator generator = new JsonFactory().createGenerator(ObjectWriteContext.empty(), text)) {
            generator.writeStartObject();
            generator.writeStringProperty("file", String.valueOf(file));
            generator.writeBooleanProperty("ok", result instanceof LoadResult.Loaded);
            generator.writeArrayPropertyStart("problems");
            switch (result) {
                case LoadResult.Loaded _ -> {}
                case LoadResult.Invalid(List<Problem> problems) ->
                    problems.forEach(problem -> write(generator, problem));
            }
            generator.writeEndArray();
            generator.writeEndObject();
        }
        return text.toString();
    }

    private static void write(JsonGenerator generator, Problem problem) {
        generator.writeStartObject();
        generator.writeStringProperty("file", problem.file());
        generator.writeNumberProperty("line", problem.line());
        generator.writeNumberProperty("column", problem.column());
        generator.writeStringProperty("key", problem.key());
        generator.writeStringProperty("message", problem.message());
        if (problem.suggestion() != null) {
            generator.writeStringProperty("suggestion", problem.suggestion());
        }
        generator.writeEndObject();
    }
}
