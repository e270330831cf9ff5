package io.fulmar.cli.fleet;

import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.query.ExportFilter;
import io.fulmar.fleet.query.ExportFormat;
import io.fulmar.fleet.query.ExportPage;
import io.fulmar.fleet.query.PageQueries;
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
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Locale;
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
            "A service may go on storing meanwhile: what was received before --to is complete.",
            "Reads the database, whether or not the service runs; with --url asks a service, page by page, and goes on where"
                    + " it was when that does not answer for a while."
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

    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    ApiOptions api = new ApiOptions();

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

    @Option(
            names = "--wait",
            paramLabel = "D",
            converter = Durations.class,
            description = "With --url: how long to go on asking a service that does not answer; default: 1m.")
    Duration wait = Duration.ofMinutes(1);

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
        if (api.elsewhere()) {
            try (ApiClient client = api.client()) {
                return write(place -> patient(client, path(filter, place)));
            }
        }
        ExportFormat as = ExportFormat.valueOf(format.name().toUpperCase(Locale.ROOT));
        try (var queries = PageQueries.open(Database.in(api.data.directory()))) {
            return write(place -> page(queries, filter, as, place));
        }
    }

    /** Where the records come from, page by page. */
    private interface Source {
        /** The records behind that place; null for the first ones. */
        ApiClient.Page after(@Nullable String place);
    }

    private static ApiClient.Page page(
            PageQueries queries, ExportFilter filter, ExportFormat as, @Nullable String place) {
        ExportPage page =
                queries.export(filter, place == null ? null : ExportPage.Place.parse(place), Limits.EXPORT_PAGE);
        return new ApiClient.Page(
                as.text(page.rows(), place == null),
                page.rows().size(),
                page.next() == null ? null : page.next().toString());
    }

    private String path(ExportFilter filter, @Nullable String place) {
        var path =
                new StringBuilder(ApiClient.path("export")).append("?format=").append(format.name());
        path.append("&from=").append(ApiClient.query(String.valueOf(QueryJson.time(filter.fromMillis()))));
        path.append("&to=").append(ApiClient.query(String.valueOf(QueryJson.time(filter.toMillis()))));
        if (filter.device() != null) {
            path.append("&device=").append(ApiClient.query(filter.device()));
        }
        if (filter.model() != null) {
            path.append("&model=").append(ApiClient.query(filter.model()));
        }
        if (place != null) {
            path.append("&after=").append(ApiClient.query(place));
        }
        return path.toString();
    }

    /** Asks again for as long as a restart of the service takes. */
    private ApiClient.Page patient(ApiClient client, String path) {
        Duration waited = Duration.ZERO;
        for (Duration pause = FIRST_PAUSE; ; pause = pause.multipliedBy(2)) {
            try {
                return client.page(path);
            } catch (FleetException e) {
                waited = waited.plus(pause);
                if (e.category() != Category.TRANSIENT || waited.compareTo(wait) > 0) {
                    throw e;
                }
                spec.commandLine()
                        .getErr()
                        .println("fulmar: " + e.getMessage() + "; asking again in " + pause.toSeconds() + " s");
                spec.commandLine().getErr().flush();
                Pauses.pause(pause);
            }
        }
    }

    private int write(Source source) {
        if (output == null) {
            write(source, spec.commandLine().getOut());
            return ExitCode.OK;
        }
        long rows = writeFile(source, output);
        spec.commandLine().getErr().println(rows + " records in " + output);
        return ExitCode.OK;
    }

    private long writeFile(Source source, Path file) {
        Path part = file.resolveSibling(Objects.requireNonNull(file.getFileName()) + ".part");
        try {
            long rows;
            try (var out = new PrintWriter(
                    new BufferedWriter(new OutputStreamWriter(Files.newOutputStream(part), StandardCharsets.UTF_8)))) {
                rows = write(source, out);
            }
            Files.move(part, file, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
            return rows;
        } catch (IOException e) {
            throw new ParameterException(spec.commandLine(), "cannot write " + file + ": " + e, e);
        } finally {
            forget(part);
        }
    }

    /** What is there still is not complete. */
    private static void forget(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            return; // its name says what it is, and the first error is the one to report
        }
    }

    private long write(Source source, PrintWriter out) {
        long rows = 0;
        String next = null;
        do {
            ApiClient.Page page = source.after(next);
            out.print(page.text());
            rows += page.rows();
            if (out.checkError()) {
                throw new ParameterException(
                        spec.commandLine(), "whoever reads the records has gone, or the disk is full");
            }
            next = page.next();
        } while (next != null);
        out.flush();
        return rows;
    }
}
