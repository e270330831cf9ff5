package io.fulmar.config;

import io.fulmar.config.SourceSettings.Broker;
import io.fulmar.config.SourceSettings.Element;
import io.fulmar.config.SourceSettings.FileFormat;
import io.fulmar.config.SourceSettings.Flow;
import io.fulmar.config.SourceSettings.MessageForm;
import io.fulmar.config.SourceSettings.NumberBytes;
import io.fulmar.config.SourceSettings.Numbers;
import io.fulmar.config.SourceSettings.Output;
import io.fulmar.config.SourceSettings.Overflow;
import io.fulmar.config.SourceSettings.Parity;
import io.fulmar.config.SourceSettings.Payload;
import io.fulmar.config.SourceSettings.SerialLine;
import io.fulmar.config.SourceSettings.StreamForm;
import io.fulmar.config.SourceSettings.Then;
import io.fulmar.config.SourceSettings.Waiting;
import java.nio.file.FileSystems;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** Turns the tables of sources that get their frames from outside into records. Immutable. */
final class SourceBinder {
    private static final long MEBIBYTE = 1L << 20;
    /** A path of RFC 9535 that leads to one place: names and indices alone. */
    private static final Pattern PLACE =
            Pattern.compile("\\$(\\.[\\p{L}_][\\p{L}\\p{N}_-]*|\\[[0-9]{1,7}]|\\['[^'\\\\]+'])*");

    /** Bytes that a frame begins with. */
    private static final Pattern START = Pattern.compile("([0-9A-F]{2}){0,16}");
    /** What the C library can set a port to on every kernel. */
    private static final List<Integer> BAUDS = List.of(
            300, 600, 1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200, 230_400, 460_800, 500_000, 576_000,
            921_600, 1_000_000, 1_500_000, 2_000_000, 3_000_000, 4_000_000);
    /** Of what comes through a wire one must be able to tell where a frame begins. */
    private static final List<String> LINE_FORMATS = List.of("csv", "jsonl", "raw", "mjpeg");

    private SourceBinder() {}

    static SourceSettings folder(TableReader table) {
        Path path = Binder.path(table, "path", table.text("path"));
        FileFormat format = table.choice("format", FileFormat.class);
        String match = match(table, format.match());
        Duration every = table.duration("every", Duration.ofSeconds(1), Duration.ofMillis(10), Duration.ofHours(1));
        Then then = table.choice("then", Then.KEEP, Then.class);
        long maxSize = table.size("max_size", 16 * MEBIBYTE, 1, Limits.SOURCE_FILE_BYTES);
        Numbers numbers = numbers(table, format == FileFormat.CSV, format == FileFormat.JSONL);
        Duration stale = stale(table);
        // whoever may say these can have any file of the device read, moved or deleted
        ownFileAlone(table, List.of("type", "path", "format", "match", "then"));
        table.done();
        return new SourceSettings.Folder(path, format, match, every, then, maxSize, numbers, stale);
    }

    static SourceSettings exec(TableReader table) {
        List<String> command = table.texts("command");
        if (command.isEmpty() || command.getFirst().isBlank()) {
            table.problem("command", "expected a program and its arguments, such as [\"arecord\", \"-q\"]");
            command = List.of("false");
        } else if (command.size() > Limits.ARGUMENTS) {
            table.problem("command", "expected at most " + Limits.ARGUMENTS + " arguments");
        }
        StreamForm form = stream(table);
        Waiting waiting = waiting(table, Overflow.DROP_OLDEST, Overflow.BLOCK, bytes(form));
        Duration restart = table.duration("restart", Duration.ofSeconds(1), Duration.ofMillis(10), Duration.ofDays(1));
        ownFileAlone(table, List.of("type", "command"));
        table.done();
        return new SourceSettings.Exec(command, table.folder("command"), form, waiting, restart);
    }

    static SourceSettings serial(TableReader table) {
        String port = table.text("port");
        if (!port.isEmpty() && !port.startsWith("/")) {
            table.problem("port", "expected a path such as /dev/ttyUSB0, or one of /dev/serial/by-id");
        }
        int baud = table.integer("baud", 9_600, 50, 4_000_000);
        if (!BAUDS.contains(baud)) {
            table.problem("baud", "expected one of " + BAUDS);
        }
        int bits = table.integer("bits", 8, 5, 8);
        Parity parity = table.choice("parity", Parity.NONE, Parity.class);
        int stopBits = table.integer("stop_bits", 1, 1, 2);
        Flow flow = table.choice("flow", Flow.NONE, Flow.class);
        String named = table.oneOf("format", LINE_FORMATS);
        Output format = named == null ? Output.CSV : Output.valueOf(named.toUpperCase(Locale.ROOT));
        if (flow == Flow.SOFTWARE && (format == Output.RAW || format == Output.MJPEG)) {
            table.problem("flow", "expected none or hardware: bytes of such frames may look like XON and XOFF");
        }
        long maxSize = maxSize(table, format);
        NumberBytes bytes = bytes(table, format);
        if (format == Output.RAW && bytes.start().isEmpty()) {
            table.problem("start", "is missing; without it nobody can tell where in the bytes a frame begins");
        }
        StreamForm form = new StreamForm(format, 0, 0, 0, 0, rows(table, format), maxSize, bytes);
        Waiting waiting = waiting(table, Overflow.DROP_OLDEST, Overflow.BLOCK, bytes(form));
        // whoever may say it can have any file of the device opened
        ownFileAlone(table, List.of("type", "port"));
        table.done();
        return new SourceSettings.Serial(
                Path.of(port), new SerialLine(baud, bits, parity, stopBits, flow), form, waiting);
    }

    static SourceSettings messages(TableReader table, String pipeline, BrokerBinder brokers) {
        String filter = table.text("topic");
        if (!filter.isEmpty() && !isFilter(filter)) {
            table.problem(
                    "topic",
                    "expected a topic such as plant/pump-7/vibration; + stands for one level, # at the end for all below");
        }
        boolean retained = table.flag("retained", false);
        Broker broker = brokers.source(table, pipeline);
        MessageForm form = message(table);
        Waiting waiting =
                waiting(table, Overflow.DROP_OLDEST, Overflow.BLOCK, form.maxSize()); // they wait as they come
        table.done();
        return new SourceSettings.Messages(filter, retained, broker, form, waiting);
    }

    /** MQTT 5, 4.7.1. */
    private static boolean isFilter(String text) {
        String[] levels = text.split("/", -1);
        for (int i = 0; i < levels.length; i++) {
            String level = levels[i];
            boolean wild = level.equals("+") || (level.equals("#") && i == levels.length - 1);
            if (!wild && (level.indexOf('+') >= 0 || level.indexOf('#') >= 0)) {
                return false;
            }
        }
        return true;
    }

    static SourceSettings push(TableReader table) {
        MessageForm form = message(table);
        Waiting waiting = waiting(table, Overflow.REFUSE, Overflow.DROP_OLDEST, bytes(form));
        table.done();
        return new SourceSettings.Push(form, waiting);
    }

    private static MessageForm message(TableReader table) {
        Payload format = table.choice("format", Payload.class);
        Element element = table.choice("element", Element.FLOAT32, Element.class);
        belongs(table, List.of("element"), format == Payload.RAW, Payload.RAW);
        long maxSize = table.size("max_size", 4 * MEBIBYTE, 1, Limits.MESSAGE_BYTES);
        boolean rows = format == Payload.CSV || format == Payload.RAW;
        return new MessageForm(format, numbers(table, rows, format == Payload.JSON), element, maxSize);
    }

    /** What a frame of it takes in memory at most, as far as that is known here. */
    private static long bytes(MessageForm form) {
        return switch (form.format()) {
            case IMAGE, WAV -> form.maxSize();
            case JSON, CSV, RAW -> 4L * form.numbers().columns();
        };
    }

    /** How a stream of bytes is cut into frames; which kinds of source it comes from does not matter. */
    static StreamForm stream(TableReader table) {
        Output format = table.choice("format", Output.class);
        int width = picture(table, "width", format);
        int height = picture(table, "height", format);
        int rate = table.integer("rate", 16_000, 1_000, 192_000);
        int samples = table.integer("samples", 1_600, 1, Limits.FRAME_VALUES);
        boolean sound = format == Output.S16LE;
        belongs(table, List.of("rate", "samples"), sound, Output.S16LE);
        long maxSize = maxSize(table, format);
        NumberBytes bytes = bytes(table, format);
        return new StreamForm(
                format, width, height, sound ? rate : 0, sound ? samples : 0, rows(table, format), maxSize, bytes);
    }

    private static long maxSize(TableReader table, Output format) {
        long maxSize = table.size("max_size", 4 * MEBIBYTE, 1, Limits.SOURCE_FILE_BYTES);
        belongs(table, List.of("max_size"), format == Output.MJPEG, Output.MJPEG);
        return maxSize;
    }

    private static Numbers rows(TableReader table, Output format) {
        return numbers(table, format == Output.CSV || format == Output.RAW, format == Output.JSONL);
    }

    private static NumberBytes bytes(TableReader table, Output format) {
        Element element = table.choice("element", Element.FLOAT32, Element.class);
        String start = table.text("start", "").replace(" ", "").toUpperCase(Locale.ROOT);
        if (!START.matcher(start).matches()) {
            table.problem("start", "expected up to 16 bytes in hexadecimal digits, such as \"AA 55\"");
            start = "AA";
        }
        belongs(table, List.of("element", "start"), format == Output.RAW, Output.RAW);
        return new NumberBytes(element, start);
    }

    /** What a frame of it takes in memory at most, as far as that is known here. */
    private static long bytes(StreamForm form) {
        return switch (form.format()) {
            case RGB24 -> 3L * form.width() * form.height();
            case S16LE -> 4L * form.samples();
            case MJPEG -> form.maxSize();
            case CSV, JSONL, RAW -> 4L * form.numbers().columns();
        };
    }

    /** How frames of so many bytes wait. */
    static Waiting waiting(TableReader table, Overflow usual, Overflow other, long frame) {
        int queue = table.integer("queue", 4, 1, 1_000);
        String overflow = table.oneOf(
                "overflow", List.of(TableReader.nameOf(usual), TableReader.nameOf(other)), TableReader.nameOf(usual));
        Duration stale = stale(table);
        if (queue * frame > Limits.SOURCE_QUEUE_BYTES) {
            table.problem(
                    "queue",
                    queue + " frames of up to " + Units.rounded(frame) + " each are more than "
                            + Units.text(Limits.SOURCE_QUEUE_BYTES) + " in memory");
        }
        return new Waiting(queue, overflow.equals(TableReader.nameOf(usual)) ? usual : other, stale);
    }

    private static @Nullable Duration stale(TableReader table) {
        return table.optionalDuration("stale", Duration.ofMillis(100), Duration.ofDays(365));
    }

    private static int picture(TableReader table, String key, Output format) {
        Integer pixels = table.optionalInteger(key, 1, 8_192);
        if ((pixels == null) == (format == Output.RGB24)) {
            table.problem(
                    key,
                    pixels == null
                            ? "is missing; pictures without a header do not say how large they are"
                            : "belongs to format \"rgb24\"");
        }
        return pixels == null ? 0 : pixels;
    }

    private static void belongs(TableReader table, List<String> keys, boolean here, Enum<?> to) {
        for (String key : keys) {
            if (!here && table.has(key)) {
                table.problem(key, "belongs to format \"" + TableReader.nameOf(to) + "\"");
            }
        }
    }

    /** Which numbers a text has. */
    static Numbers numbers(TableReader table, boolean rows, boolean json) {
        Integer columns = table.optionalInteger("columns", 1, Limits.FRAME_VALUES);
        if (columns != null && !rows && !json) {
            table.problem("columns", "belongs to a format of numbers");
        }
        return new Numbers(columns == null ? 0 : columns, values(table, json));
    }

    /** Where the numbers are in JSON. */
    static List<String> values(TableReader table, boolean json) {
        List<String> values = table.texts("values");
        if (!table.has("values")) {
            return Numbers.ALL.values();
        }
        if (!json) {
            table.problem("values", "belongs to a format of JSON");
        } else if (values.isEmpty() || values.size() > Limits.PLACES) {
            table.problem("values", "expected 1 to " + Limits.PLACES + " places, such as [\"$.temperature\"]");
        }
        for (String value : values) {
            if (!PLACE.matcher(value).matches()) {
                table.problem(
                        "values",
                        "\"" + value + "\" is not a place in JSON such as $, $.temperature, $.axes[0] or"
                                + " $['two words']");
                return Numbers.ALL.values();
            }
        }
        return values;
    }

    /** A pattern of file names. */
    static String match(TableReader table, String fallback) {
        String match = table.text("match", fallback);
        try {
            FileSystems.getDefault().getPathMatcher("glob:" + match);
        } catch (PatternSyntaxException e) {
            table.problem("match", "expected a pattern of file names such as *.csv");
        }
        return match;
    }

    /** Reports those of the keys that the fleet says. */
    static void ownFileAlone(TableReader table, List<String> keys) {
        for (String key : keys) {
            if (table.isRemote(key)) {
                table.problem(key, "can only be said by the device's own file");
            }
        }
    }
}
