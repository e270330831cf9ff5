package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.query.ExportFilter;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.Topics;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** {@code fulmar fleet export}. Owned by the main thread. */
@Command(
        name = "export",
        description = {
            "Writes all stored records that match, stream by stream in the order in which they were recorded.",
            "A service may go on storing meanwhile: what was received before --to is complete."
        })
final class ExportCommand implements Callable<Integer> {
    /** How each record is written. */
    enum Format {
        csv,
        ndjson
    }

    /** Reads {@code 2026-11-22} or {@code 2026-11-22T08:00:00Z}. */
    static final class Time implements ITypeConverter<Instant> {
        @Override
        public Instant convert(String value) {
            try {
                return value.length() <= 10
                        ? LocalDate.parse(value).atStartOfDay(ZoneOffset.UTC).toInstant()
                        : Instant.parse(value);
            } catch (DateTimeParseException e) {
                throw new TypeConversionException(
                        "'" + value + "' is no time: write it as 2026-11-22 or 2026-11-22T08:00:00Z");
            }
        }
    }

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    DataOption data = new DataOption();

    @Option(
            names = "--format",
            paramLabel = "F",
            description =
                    "csv (RFC 4180), or ndjson: one JSON object a line, flat, with the same names and types in each;"
                            + " default: csv.")
    Format format = Format.csv;

    @Option(names = "--device", paramLabel = "D", description = "Only of this device.")
    @Nullable
    String device;

    @Option(names = "--model", paramLabel = "M", description = "Only predictions of this model.")
    @Nullable
    String model;

    @Option(
            names = "--from",
            paramLabel = "TIME",
            converter = Time.class,
            description = "Only what was received then or later, as 2026-11-22 or 2026-11-22T08:00:00Z.")
    @Nullable
    Instant from;

    @Option(
            names = "--to",
            paramLabel = "TIME",
            converter = Time.class,
            description = "Only what was received before; default: now.")
    @Nullable
    Instant to;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description = "Write there, under this name only when it is complete; default: to standard output.")
    @Nullable
    Path output;

    @Override
    public Integer call() {
        if (device != null && !Topics.isDeviceId(device)) {
            throw new ParameterException(
                    spec.commandLine(), "'" + device + "' is no device id: 1 to 64 letters, digits, '.', '_' and '-'");
        }
        long fromMillis = from == null ? 0 : from.toEpochMilli();
        long toMillis = (to == null ? Instant.now() : to).toEpochMilli();
        if (fromMillis >= toMillis) {
            throw new ParameterException(spec.commandLine(), "--from is not before --to");
        }
        var filter = new ExportFilter(device, model, fromMillis, toMillis);
        try (var queries = FleetQueries.open(data.directory())) {
            if (output == null) {
                PrintWriter out = spec.commandLine().getOut();
                write(queries, filter, out);
                return ExitCode.OK;
            }
            long rows = writeFile(queries, filter, output);
            spec.commandLine().getErr().println(rows + " records in " + output);
            return ExitCode.OK;
        }
    }

    private long writeFile(FleetQueries queries, ExportFilter filter, Path file) {
        Path part = file.resolveSibling(Objects.requireNonNull(file.getFileName()) + ".part");
        try {
            long rows;
            try (var out = new PrintWriter(
                    new BufferedWriter(new OutputStreamWriter(Files.newOutputStream(part), StandardCharsets.UTF_8)))) {
                rows = write(queries, filter, out);
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            return rows;
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "cannot write " + file + ": " + e, e);
        }
    }

    private long write(FleetQueries queries, ExportFilter filter, PrintWriter out) {
        long[] rows = {0};
        if (format == Format.csv) {
            Csv.header(out);
        }
        queries.export(filter, row -> {
            if (format == Format.csv) {
                Csv.row(row, out);
            } else {
                out.print(QueryJson.line(row));
                out.print('\n');
            }
            rows[0]++;
            if (out.checkError()) {
                throw new ParameterException(
                        spec.commandLine(), "whoever reads the records has gone, or the disk is full");
            }
        });
        out.flush();
        return rows[0];
    }
}
