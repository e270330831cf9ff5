package io.fulmar.sync.wire;

import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** One of every record and message, for the tests. Immutable. */
public final class Samples {
    public static final String SHA = "0123456789abcdef".repeat(4);
    public static final long EPOCH = 0xfedcba9876543210L;
    public static final Stamp AT = new Stamp(1_795_000_000_123L, 45_678, 7);
    public static final ModelRef MODEL = new ModelRef("bearing-condition", "1.2.0", SHA);

    private Samples() {}

    public static Prediction prediction(long frame) {
        return new Prediction(
                AT,
                "bearing",
                "simulated",
                frame,
                MODEL,
                0x1122334455667788L * frame,
                "imbalance",
                1,
                0.75f,
                List.of(new Score("imbalance", 1, 0.75f), new Score("normal", 0, 0.25f)),
                List.of(),
                431,
                List.of("log"),
                true,
                "0.1.0");
    }

    /** One record of every kind, by a name that is also its golden file's. */
    public static Map<String, DeviceRecord> records() {
        Map<String, DeviceRecord> records = new LinkedHashMap<>();
        records.put("prediction", prediction(42));
        records.put(
                "regression",
                new Prediction(
                        AT,
                        "meter",
                        "replay",
                        1,
                        MODEL,
                        -1,
                        null,
                        -1,
                        0,
                        List.of(),
                        List.of(1.5f, -2.25f),
                        12,
                        List.of(),
                        false,
                        "0.1.0"));
        records.put(
                "found",
                new Prediction(
                        AT,
                        "door",
                        "camera",
                        42,
                        MODEL,
                        7,
                        "person",
                        0,
                        0.875f,
                        List.of(),
                        List.of(),
                        12_345,
                        List.of("output"),
                        false,
                        "0.1.0",
                        new Found(
                                List.of(
                                        new Found.Box("person", 0, 0.875f, 0.25f, 0, 0.5f, 1),
                                        new Found.Box("", 16, 0.5f, 0, 0.125f, 0.0625f, 0.25f)),
                                List.of(new Found.Keypoint("nose", 0.5f, 0.25f, 0.75f)),
                                List.of(
                                        new Found.Quantity("temperature", -2.5f, "°C"),
                                        new Found.Quantity("wear", 0, "")))));
        records.put(
                "stage-failure", new StageFailure(AT, "bearing", 43, "preprocess", "window of 255 samples, not 256"));
        records.put("device-event", new DeviceEvent(new Stamp(-1, 0, 1), "agent.started", "0.1.0 größer"));
        records.put(
                "device-event-corrected",
                new DeviceEvent(new Stamp(17, 45_678, 7, 1_795_000_000_106L), "clock.known", "by the fleet"));
        records.put(
                "store-quarantined",
                new StoreQuarantined(
                        AT, EPOCH, Stream.DATA, 18, -1, -1, "the chain breaks at data/18", "outbox-damaged-1.db"));
        records.put("command-result", CommandResult.of(AT, answer("answer")));
        records.put("command-result-refused", CommandResult.of(AT, answer("answer-refused")));
        records.put(
                "model-statistics",
                new ModelStatistics(
                        AT,
                        "bearing",
                        new ModelRef("bearing", "1.2.0", "ab".repeat(32)),
                        3_000,
                        1_000,
                        true,
                        List.of(
                                new ModelStatistics.Distribution(
                                        "labels",
                                        false,
                                        List.of("normal", "größer", "(others)"),
                                        List.of(),
                                        List.of(0.75f, 0.25f, 0f),
                                        List.of(2_000L, 999L, 1L),
                                        0.125f,
                                        0),
                                new ModelStatistics.Distribution(
                                        "input mean",
                                        true,
                                        List.of(),
                                        List.of(-0.5f, 0f, 1e-9f),
                                        List.of(0f, 0.5f, 0.5f, 0f),
                                        List.of(0L, 0L, 0L, 3_000L),
                                        9.2f,
                                        1f))));
        records.put(
                "sample-chunk",
                new SampleChunk(
                        AT,
                        new Sample(
                                new Receipt(EPOCH, Stream.DATA, 42),
                                AT,
                                7,
                                "bearing",
                                new ModelRef("bearing", "1.2.0", "ab".repeat(32)),
                                "größer",
                                2,
                                0.5f,
                                List.of(1.5f, -2f),
                                "confidence",
                                "npy",
                                Limits.SAMPLE_CHUNK_BYTES + 3,
                                "cd".repeat(32)),
                        1,
                        new byte[] {1, 2, 3}));
        return records;
    }

    /** Commands, by a name that is also its golden file's. */
    public static Map<String, Command> commands() {
        Map<String, Command> commands = new LinkedHashMap<>();
        commands.put("command", new Command("c-1", "ping", Map.of(), null, null, null, null));
        commands.put(
                "command-changing",
                new Command(
                        "c-2",
                        "pipeline.pause",
                        Map.of("pipeline", "bearing"),
                        1_795_000_000_000L,
                        1_795_000_600_000L,
                        "pump-7",
                        "pumps"));
        return commands;
    }

    /** Answers, by a name that is also its golden file's. */
    public static Map<String, CommandAnswer> answers() {
        Map<String, CommandAnswer> answers = new LinkedHashMap<>();
        answers.put(
                "answer",
                new CommandAnswer(
                        "c-1",
                        "ping",
                        CommandAnswer.Outcome.DONE,
                        null,
                        "{\"agent\":\"0.1.0\",\"list\":[1,2.5,null,true]}",
                        "pump-7",
                        1_795_000_000_123L));
        answers.put(
                "answer-refused",
                new CommandAnswer(
                        "c-2",
                        "pipeline.pause",
                        CommandAnswer.Outcome.REFUSED,
                        "it expired",
                        null,
                        "pump-7",
                        1_795_000_000_123L));
        return answers;
    }

    public static CommandAnswer answer(String name) {
        return Objects.requireNonNull(answers().get(name));
    }

    /** A desired state. */
    public static Desired desired() {
        return new Desired(7, "pump-7", Desired.Config.of("[log]\nlevel = \"debug\"\n"));
    }

    /** The same with two models, one of them signed. */
    public static Desired desiredModels() {
        return desired()
                .with(
                        8,
                        List.of(
                                new Desired.Model(
                                        "bearing", "1.2.0", 3, SHA, 1_234, "{\"payloadType\":\"x\"}", 8, 3_600_000),
                                new Desired.Model("meter", "0.1.0", 1, SHA, 999, null)));
    }

    /** One message up of every kind, by a name that is also its golden file's. */
    public static Map<String, UplinkMessage> uplink() {
        Map<String, UplinkMessage> messages = new LinkedHashMap<>();
        ChainHash previous = ChainHash.ZERO.next(EPOCH, Stream.DATA, 1, "one".getBytes(StandardCharsets.UTF_8));
        messages.put(
                "batch",
                new Batch(
                        EPOCH,
                        Stream.DATA,
                        2,
                        previous,
                        List.of(
                                new Row.Data(Records.encode(prediction(42))),
                                new Row.Data(Records.encode(prediction(43))),
                                new Row.Data(Records.encode(prediction(44))))));
        messages.put(
                "batch-small",
                new Batch(
                        EPOCH,
                        Stream.ALARM,
                        1,
                        ChainHash.ZERO,
                        List.of(new Row.Data("first".getBytes(StandardCharsets.UTF_8)))));
        messages.put(
                "batch-gap",
                new Batch(
                        EPOCH,
                        Stream.DATA,
                        5,
                        null,
                        List.of(
                                new Row.Gap(8, GapReason.QUOTA, 4, new ChainHash(1, 2)),
                                new Row.Data("nine".getBytes(StandardCharsets.UTF_8)))));
        messages.put(
                "hello",
                new Hello(
                        "0.1.0",
                        7,
                        1_795_000_000_123L,
                        123_456_789,
                        List.of("outbox"),
                        List.of(),
                        List.of(
                                new StreamPosition(EPOCH, Stream.ALARM, 1, ChainHash.ZERO, 1),
                                new StreamPosition(EPOCH, Stream.DATA, 2, previous, 1))));
        messages.put("status", status(List.of()));
        messages.put(
                "status-conditions",
                status(List.of(
                        new Status.Condition("disk-full", "the disk is full", "Free some space.", 1_795_000_000_000L),
                        new Status.Condition("clock-unsynchronised", "it is 1970", "Set the clock.", 17))));
        messages.put("hello-session", new Hello("0.1.0", 7, 0, 0, List.of(), List.of(), List.of(), "5f1d2c3b4a697887"));
        messages.put(
                "hello-groups",
                new Hello(
                        "0.1.0",
                        7,
                        1_795_000_000_123L,
                        123_456_789,
                        List.of(),
                        List.of("hall-2", "presses"),
                        List.of()));
        messages.put(
                "status-offline",
                new Status(
                        false,
                        "connection lost",
                        "0.1.0",
                        7,
                        1_795_000_000_123L,
                        45_678,
                        Status.Health.HEALTHY,
                        List.of(),
                        List.of(),
                        List.of(),
                        0,
                        1_048_576));
        messages.put(
                "reported",
                new Reported(
                        "0.1.0",
                        1_795_000_000_123L,
                        "raspberry-pi-4",
                        8,
                        new Reported.Config(12, 7, SHA, Reported.State.REVERTED, "no welcome within 2m"),
                        List.of(
                                new Reported.Pipeline("bearing", Reported.Doing.RUNNING, MODEL),
                                new Reported.Pipeline("meter", Reported.Doing.FAILED, null))));
        messages.put(
                "reported-models",
                new Reported(
                        "0.2.0",
                        1_795_000_000_123L,
                        "raspberry-pi-5",
                        9,
                        new Reported.Config(0, 0, Desired.Config.of("").sha256(), Reported.State.ACTIVE, null),
                        List.of(new Reported.Pipeline("bearing", Reported.Doing.RUNNING, MODEL)),
                        List.of(
                                new Reported.Model(
                                        "bearing", "1.2.0", 3, SHA, Reported.ModelState.ACTIVE, 0, 0, null, 12, 0),
                                new Reported.Model(
                                        "bearing",
                                        "1.3.0",
                                        4,
                                        Desired.Config.of("").sha256(),
                                        Reported.ModelState.DOWNLOADING,
                                        16_384,
                                        28_208,
                                        null,
                                        -1,
                                        -1))));
        messages.put(
                "reported-trial",
                new Reported(
                        "0.2.0",
                        1_795_000_000_123L,
                        null,
                        9,
                        new Reported.Config(0, 0, Desired.Config.of("").sha256(), Reported.State.ACTIVE, null),
                        List.of(),
                        List.of(
                                new Reported.Model(
                                        "bearing",
                                        "1.3.0",
                                        4,
                                        SHA,
                                        Reported.ModelState.ROLLED_BACK,
                                        0,
                                        0,
                                        "errors: 7 of 100 frames failed",
                                        12,
                                        0,
                                        9,
                                        new Reported.Numbers(93, 7, 1_250, 45_056)),
                                new Reported.Model(
                                        "meter",
                                        "0.2.0",
                                        2,
                                        SHA,
                                        Reported.ModelState.SHADOWED,
                                        0,
                                        0,
                                        null,
                                        -1,
                                        -1,
                                        8,
                                        new Reported.Numbers(5_000, 0, 880, 45_056, 0.0125, 0.998, 910, 43_008)))));
        messages.put(
                "reported-own",
                new Reported(
                        "0.1.0",
                        1_795_000_000_123L,
                        null,
                        0,
                        new Reported.Config(0, 0, Desired.Config.of("").sha256(), Reported.State.ACTIVE, null),
                        List.of()));
        return messages;
    }

    private static Status status(List<Status.Condition> conditions) {
        return new Status(
                true,
                null,
                "0.1.0",
                7,
                1_795_000_000_123L,
                45_678,
                Status.Health.DEGRADED,
                conditions,
                List.of(MODEL),
                List.of(new Status.StreamCounts(Stream.DATA, 10, 4, 3, 2, 1, 5)),
                8192,
                1_048_576);
    }

    public static UplinkMessage uplink(String name) {
        return Objects.requireNonNull(uplink().get(name));
    }

    public static DownlinkMessage downlink(String name) {
        return Objects.requireNonNull(downlink().get(name));
    }

    /** One message down of every kind, by a name that is also its golden file's. */
    public static Map<String, DownlinkMessage> downlink() {
        Map<String, DownlinkMessage> messages = new LinkedHashMap<>();
        messages.put(
                "acknowledge",
                new Acknowledge(EPOCH, Stream.DATA, 9, new ChainHash(-1, 2), 4, 250, 1_795_000_000_123L));
        messages.put("expected", new Expected(EPOCH, Stream.EVENT, 3, new ChainHash(3, -4), 1, 0, 1_795_000_000_123L));
        messages.put("welcome", new Welcome("0.1.0", 8, 0, 1_795_000_000_123L));
        messages.put("taken", new Taken("5f1d2c3b4a697887", 300_000, 1_795_000_000_123L));
        messages.put("notEnrolled", new NotEnrolled(60_000, 1_795_000_000_123L));
        messages.put("renew", new Renew(EPOCH, "row data/7 differs", 1_795_000_000_123L));
        return messages;
    }
}
