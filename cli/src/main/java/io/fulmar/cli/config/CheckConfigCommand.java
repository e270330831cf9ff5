package io.fulmar.cli.config;

import io.fulmar.cli.ExitCode;
import io.fulmar.config.ConfigLoader;
import io.fulmar.config.ConfigSources;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.LoadResult;
import io.fulmar.config.PipelineSettings;
import io.fulmar.config.Problem;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
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
        footer = {"", "Prints a line that starts with OK where there is none. Keys: docs/configuration.md."})
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

    @Option(names = "--json", description = "Prints one JSON object instead of lines.")
    private boolean json;

    @Override
    public Integer call() {
        LoadResult result =
                ConfigLoader.load(ConfigSources.of(Objects.requireNonNull(file)).overrides(overrides));
        PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
        if (json) {
            out.println(toJson(result));
        } else {
            out.println(toText(result));
        }
        out.flush();
        return switch (result) {
            case LoadResult.Loaded _ -> ExitCode.OK;
            case LoadResult.Invalid _ -> ExitCode.USAGE;
        };
    }

    private String toText(LoadResult result) {
        return switch (result) {
            case LoadResult.Loaded loaded -> "OK " + file + ": " + summary(loaded.config());
            case LoadResult.Invalid(List<Problem> problems) ->
                problems.stream().map(Problem::text).collect(Collectors.joining(System.lineSeparator()));
        };
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
