package io.fulmar.config;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Turns the tables of the file, except those of a pipeline, into records. Owned by the one load that builds it. */
final class Binder {
    private static final Pattern PREFIX =
            Pattern.compile("[^/+#$\\p{Cntrl}\\s][^/+#\\p{Cntrl}\\s]*(/[^/+#\\p{Cntrl}\\s]+)*");

    /** Stands for a path that is not there; it does not exist either. */
    private static final Path NOWHERE = Path.of("/dev/null/nowhere");

    private static final Duration SHORTEST_AGE = Duration.ofMinutes(1);
    private static final Duration LONGEST_AGE = Duration.ofDays(3_650);

    private final Secrets secrets;

    Binder(Map<String, String> environment) {
        this.secrets = new Secrets(environment);
    }

    DeviceConfig device(TableReader root) {
        Device device = identity(root.table("device"));
        State state = state(root.table("state"));
        Mqtt mqtt = mqtt(root.table("mqtt"), state);
        BoardProfile board = device.board() == null
                ? null
                : BoardProfile.named(device.board()).orElse(null);
        OutboxSettings outbox = outbox(root.table("outbox"), state, board);
        Log log = log(root.table("log"));
        UpdateSettings update = update(root.table("update"));
        HardwareSettings hardware = new HardwareBinder(board).settings(root.table("hardware"));
        List<ModelSettings> models = models(root, board);
        BrokerBinder brokers = new BrokerBinder(secrets, state.dir(), device, mqtt);
        ActBinder acts = new ActBinder(hardware, mqtt.prefix(), secrets);
        List<PipelineSettings> pipelines = pipelines(root, models, hardware, brokers, acts);
        Trust trust = trust(root.table("trust"));
        ApiSettings api = new ApiBinder(secrets).settings(root.table("api"));
        root.done();
        return new DeviceConfig(device, state, mqtt, outbox, models, pipelines, log, update, trust, hardware, api);
    }

    private static Device identity(TableReader table) {
        String id = table.name("id");
        List<String> groups = table.names("groups", Limits.GROUPS);
        String board = table.optionalOf("board", BoardProfile.NAMES);
        table.done();
        return new Device(id, groups, board);
    }

    private static Trust trust(TableReader table) {
        Path root = optionalFile(table, "root");
        table.done();
        return new Trust(root);
    }

    private static State state(TableReader table) {
        Path dir = path(table, "dir", table.text("dir"));
        if (Files.exists(dir) && !Files.isDirectory(dir)) {
            table.problem("dir", "expected a directory, but " + dir + " is a file");
        }
        long samples = table.size("samples", 64L << 20, 1L << 20, 1L << 40);
        table.done();
        return new State(dir, samples);
    }

    private Mqtt mqtt(TableReader table, State state) {
        URI url = BrokerBinder.url(table);
        String prefix = table.text("prefix", "fulmar/v1");
        if (!prefix.isEmpty() && (!PREFIX.matcher(prefix).matches() || prefix.length() > 128)) {
            table.problem(
                    "prefix",
                    "expected at most 128 characters of topic levels such as fulmar/v1, without +, #, blanks, a $ in front"
                            + " or an empty level");
        }
        Duration keepAlive =
                table.duration("keep_alive", Duration.ofSeconds(30), Duration.ofSeconds(5), Duration.ofHours(18));
        Duration connectTimeout =
                table.duration("connect_timeout", Duration.ofSeconds(10), Duration.ofSeconds(1), Duration.ofMinutes(5));
        Duration backoffMin =
                table.duration("backoff_min", Duration.ofSeconds(1), Duration.ofMillis(100), Duration.ofMinutes(10));
        Duration backoffMax =
                table.duration("backoff_max", Duration.ofMinutes(2), Duration.ofMillis(100), Duration.ofDays(1));
        if (backoffMin.compareTo(backoffMax) > 0) {
            table.problem(
                    table.has("backoff_max") ? "backoff_max" : "backoff_min",
                    "backoff_min " + Units.text(backoffMin) + " is longer than backoff_max " + Units.text(backoffMax));
        }
        TlsSettings tls = new TlsBinder(secrets).settings(table, url, state.dir());
        String username = table.optional("username");
        Secret password = secrets.password(table);
        Duration trial = table.duration("trial", Duration.ofMinutes(2), Duration.ofSeconds(10), Duration.ofHours(1));
        table.done();
        return new Mqtt(url, prefix, keepAlive, connectTimeout, backoffMin, backoffMax, tls, username, password, trial);
    }

    private static OutboxSettings outbox(TableReader table, State state, @Nullable BoardProfile board) {
        long mebibyte = 1L << 20;
        long usual = board == null ? 256 * mebibyte : board.outboxQuotaBytes();
        long quota = table.size("quota", usual, mebibyte, 1L << 40);
        long disk = diskBytes(state.dir());
        if (quota > disk) {
            table.problem(
                    "quota",
                    "is " + Units.text(quota) + ", but the disk of " + state.dir() + " has " + Units.rounded(disk)
                            + " in all");
        }
        long ballast = table.size("ballast", mebibyte, 0, 1L << 30);
        if (ballast >= quota) {
            table.problem(
                    table.has("ballast") ? "ballast" : "quota",
                    "ballast " + Units.text(ballast) + " must be smaller than quota " + Units.text(quota));
        }
        Duration maxAge = table.duration("max_age", Duration.ofDays(30), SHORTEST_AGE, LONGEST_AGE);
        OutboxSettings.ByStream maxAges = byStream(
                table.table("max_ages"),
                new OutboxSettings.ByStream(maxAge, maxAge, maxAge),
                SHORTEST_AGE,
                LONGEST_AGE);
        OutboxSettings.WhenFull whenFull =
                table.choice("when_full", OutboxSettings.WhenFull.EVICT_OLDEST, OutboxSettings.WhenFull.class);
        int batchRows = table.integer("batch_rows", 500, 1, 1_000);
        Duration ackTimeout =
                table.duration("ack_timeout", Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofMinutes(10));
        Long rate = table.optionalSize("rate", 1 << 10, 1L << 40);
        OutboxSettings.ByStream commitInterval = byStream(
                table.table("commit_interval"),
                new OutboxSettings.ByStream(Duration.ZERO, Duration.ofMillis(100), Duration.ofSeconds(1)),
                Duration.ZERO,
                Duration.ofMinutes(1));
        table.done();
        return new OutboxSettings(
                quota, ballast, maxAge, maxAges, whenFull, batchRows, ackTimeout, rate, commitInterval);
    }

    /** How large the file system of {@code dir} is, which may have to be made yet; the largest number if nobody knows. */
    private static long diskBytes(Path dir) {
        Path there = dir;
        while (there != null && !Files.exists(there)) {
            there = there.getParent();
        }
        try {
            long bytes = there == null ? 0 : Files.getFileStore(there).getTotalSpace();
            return bytes > 0 ? bytes : Long.MAX_VALUE;
        } catch (IOException e) {
            return Long.MAX_VALUE;
        }
    }

    private static OutboxSettings.ByStream byStream(
            TableReader table, OutboxSettings.ByStream fallback, Duration min, Duration max) {
        OutboxSettings.ByStream times = new OutboxSettings.ByStream(
                table.duration("alarm", fallback.alarm(), min, max),
                table.duration("event", fallback.event(), min, max),
                table.duration("data", fallback.data(), min, max));
        table.done();
        return times;
    }

    private static Log log(TableReader table) {
        Log.Level level = table.choice("level", Log.Level.INFO, Log.Level.class);
        table.done();
        return new Log(level);
    }

    private static UpdateSettings update(TableReader table) {
        Duration trial = table.duration("trial", Duration.ofMinutes(10), Duration.ofSeconds(1), Duration.ofDays(7));
        long trialFrames = table.integer("trial_frames", 0L, 0, 1_000_000_000L);
        double maxErrors = table.number("max_errors", 0.05, 0, 1);
        Double maxLabelShift = table.optionalNumber("max_label_shift", 0.01, 100);
        Long rate = table.optionalSize("rate", 1 << 10, 1L << 40);
        UpdateSettings.Load load = table.choice("load", UpdateSettings.Load.BESIDE, UpdateSettings.Load.class);
        table.done();
        return new UpdateSettings(trial, trialFrames, maxErrors, maxLabelShift, rate, load);
    }

    private static List<ModelSettings> models(TableReader root, @Nullable BoardProfile board) {
        List<ModelSettings> models = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (TableReader table : root.tables("model", Limits.MODELS)) {
            String name = uniqueName(table, names);
            Path file = optionalFile(table, "file");
            String version = table.optionalName("version");
            together(table, "file", "version");
            Path labels = optionalFile(table, "labels");
            int threads = table.integer("threads", board == null ? 1 : board.modelThreads(), 1, 64);
            ModelSettings.Delegate delegate =
                    table.choice("delegate", ModelSettings.Delegate.XNNPACK, ModelSettings.Delegate.class);
            table.done();
            models.add(new ModelSettings(name, file, version == null ? "" : version, labels, threads, delegate));
        }
        return models;
    }

    private static List<PipelineSettings> pipelines(
            TableReader root,
            List<ModelSettings> models,
            HardwareSettings hardware,
            BrokerBinder brokers,
            ActBinder acts) {
        List<PipelineSettings> pipelines = new ArrayList<>();
        Set<String> names = new HashSet<>();
        for (TableReader table : root.tables("pipeline", 1, Limits.PIPELINES)) {
            String name = uniqueName(table, names);
            ModelSettings model = referenced(table, models);
            pipelines.add(PipelineBinder.pipeline(table, name, model, labels(table, model), hardware, brokers, acts));
        }
        return pipelines;
    }

    private static @Nullable ModelSettings referenced(TableReader table, List<ModelSettings> models) {
        String name = table.text("model");
        List<String> defined =
                models.stream().map(ModelSettings::name).distinct().toList();
        if (!name.isEmpty() && !defined.contains(name)) {
            table.problem(
                    "model",
                    "there is no [[model]] named \"" + name + "\"; defined: "
                            + (defined.isEmpty() ? "none" : String.join(", ", defined)),
                    Nearest.to(name, defined));
        }
        return models.stream()
                .filter(model -> model.name().equals(name))
                .findFirst()
                .orElse(null);
    }

    /** The names that the model can give, or null if they are not known. */
    private static @Nullable List<String> labels(TableReader table, @Nullable ModelSettings model) {
        Path file = model == null ? null : model.labels();
        if (file == null || !Files.isRegularFile(file)) {
            return null;
        }
        try {
            return LabelsFile.read(file);
        } catch (ConfigException e) {
            table.problem("model", String.valueOf(e.getMessage()));
            return null;
        }
    }

    private static String uniqueName(TableReader table, Set<String> taken) {
        String name = table.name("name");
        if (!name.isEmpty() && !taken.add(name)) {
            table.problem("name", "there is another one named \"" + name + "\"");
        }
        return name;
    }

    /** Reports the one of two keys that is there without the other. */
    static void together(TableReader table, String one, String other) {
        if (table.has(one) != table.has(other)) {
            table.problem(table.has(one) ? one : other, "needs " + (table.has(one) ? other : one) + " beside it");
        }
    }

    /** The path under {@code key}, which must name a plain file that is there; null where it is left out. */
    private static @Nullable Path optionalFile(TableReader table, String key) {
        String text = table.optional(key);
        return text == null ? null : plain(table, key, existing(table, key, text));
    }

    /** The path under {@code key}, which must name something that is there. */
    static Path existing(TableReader table, String key) {
        return existing(table, key, table.text(key));
    }

    private static Path existing(TableReader table, String key, String text) {
        Path path = path(table, key, text);
        if (path != NOWHERE && !Files.exists(path)) {
            table.problem(key, "there is no " + path);
        } else if (table.isRemote(key) && isPrivate(path)) {
            table.problem(
                    key,
                    path
                            + " is not for everybody to read, so only the device's own file can name it; if it is no secret,"
                            + " chmod o+r");
            return NOWHERE;
        }
        return path;
    }

    /** Labels and data are told to the fleet: whoever may configure a device could read the files that nobody else may. */
    private static boolean isPrivate(Path path) {
        try {
            PosixFileAttributeView view = Files.getFileAttributeView(path, PosixFileAttributeView.class);
            return view != null && !view.readAttributes().permissions().contains(PosixFilePermission.OTHERS_READ);
        } catch (IOException e) {
            return false; // it is gone, or told by the one who opens it
        }
    }

    private static Path plain(TableReader table, String key, Path path) {
        if (Files.isDirectory(path)) {
            table.problem(key, path + " is a directory");
        } else if (Files.exists(path) && !Files.isRegularFile(path)) {
            table.problem(key, path + " is a device, a pipe or a socket");
        }
        return path;
    }

    /** {@code text} as a path, seen from the folder of what says it; nowhere after a problem. */
    static Path path(TableReader table, String key, String text) {
        try {
            return text.isEmpty() ? NOWHERE : table.folder(key).resolve(text).normalize();
        } catch (InvalidPathException e) {
            table.problem(key, "is not a path");
            return NOWHERE;
        }
    }
}
