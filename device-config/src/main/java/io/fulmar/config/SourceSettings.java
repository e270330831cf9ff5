package io.fulmar.config;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Where a pipeline's frames come from. Immutable. */
public sealed interface SourceSettings {

    /** Whether the rate of a source that could be faster is kept. */
    enum Pace {
        /** One frame every {@code 1/rate} seconds. */
        REALTIME,
        /** A frame whenever the pipeline asks. */
        NONE
    }

    /**
     * A simulated rotating machine; a frame is {@code window} consecutive samples of its vibration. The schedule runs in
     * the source's own time (frames divided by rate), so it does not depend on the pace, and starts over at its end;
     * an empty one is a machine that stays well. Immutable.
     */
    record Simulated(double rate, Pace pace, long seed, int window, List<Phase> schedule) implements SourceSettings {
        public Simulated {
            schedule = List.copyOf(schedule);
        }
    }

    /** A condition that the machine is in for a while; {@code severity} is 0 to 1. Immutable. */
    record Phase(Condition condition, double severity, Duration lasts) {}

    /** What can be wrong with the simulated machine. */
    enum Condition {
        NORMAL,
        IMBALANCE,
        MISALIGNMENT,
        BEARING_FAULT
    }

    /** This host's own sensors; a frame is one value for each of {@code readings}, in their order. Immutable. */
    record HostSystem(double rate, List<Reading> readings) implements SourceSettings {
        public HostSystem {
            readings = List.copyOf(readings);
        }
    }

    /** What a Linux host can say about itself. */
    enum Reading {
        /** Busy share of all processors since the last frame, 0 to 1. */
        CPU,
        /** Share of memory that is not available, 0 to 1. */
        MEMORY,
        /** Share of time in which the busiest disk had requests in flight since the last frame, 0 to 1. */
        DISK,
        /** Megabytes received and sent per second over all interfaces but loopback since the last frame. */
        NETWORK,
        /** The warmest thermal zone in degrees Celsius. */
        TEMPERATURE,
        /** Runnable tasks averaged over a minute, divided by the number of processors. */
        LOAD
    }

    /**
     * A sensor of {@code [hardware]}; a frame is {@code window} samples of all its channels, sample by sample.
     *
     * @param rate frames a second
     * @param stale how long it may bring nothing until it is started anew
     *     <p>Immutable.
     */
    record Sensor(double rate, String sensor, int window, Duration stale) implements SourceSettings {}

    /**
     * Recorded input: a file, or the files of a folder whose names match the glob {@code match}, in the order of their
     * names. Immutable.
     */
    record Replay(double rate, Pace pace, Path path, String match, Format format, Numbers numbers, boolean loop)
            implements SourceSettings {}

    /** How a replayed file holds its frames. */
    enum Format {
        /** A frame is a row of numbers; a first row that holds no number is a header. */
        CSV,
        /** A frame is a line of JSON. */
        JSONL,
        /** A frame is a file of raw little-endian values of the model's input type. */
        TENSOR,
        /** A frame is a file as it is: a picture, a sound. */
        FILE
    }

    /**
     * Files that come into a folder, or one file that is replaced again and again.
     *
     * @param path the folder or the file; it may come later, and come back
     * @param match a glob for names in the folder, without regard to upper and lower case
     * @param every how often to look; a file that did not change between two looks is complete
     * @param maxSize of one file
     * @param numbers in a row
     * @param stale how long nothing may come until that is a failure; null: for ever
     *     <p>Immutable.
     */
    record Folder(
            Path path,
            FileFormat format,
            String match,
            Duration every,
            Then then,
            long maxSize,
            Numbers numbers,
            @Nullable Duration stale)
            implements SourceSettings {}

    /** What a watched file holds. */
    enum FileFormat {
        /** A frame is a JPEG, PNG or BMP as it is. */
        IMAGE("*.{jpg,jpeg,png,bmp}"),
        /** A frame is a WAV as it is. */
        WAV("*.wav"),
        /** A frame is a row of numbers. */
        CSV("*.csv"),
        /** A frame is a line of JSON. */
        JSONL("*.jsonl"),
        /** A frame is a file of raw little-endian values of the model's input type. */
        TENSOR("*.bin");

        private final String match;

        FileFormat(String match) {
            this.match = match;
        }

        /** The names of such files. */
        public String match() {
            return match;
        }
    }

    /** What becomes of a file that has been read. */
    enum Then {
        /** It stays, and is remembered. */
        KEEP,
        /** It is deleted. */
        DELETE,
        /** It is moved into the folder {@code done} beside it. */
        MOVE
    }

    /**
     * Frames from a command's standard output.
     *
     * @param command the program and its arguments, as they are
     * @param folder where it runs
     * @param restart how long to wait at first before a command that has ended is started again
     *     <p>Immutable.
     */
    record Exec(List<String> command, Path folder, StreamForm form, Waiting waiting, Duration restart)
            implements SourceSettings {
        public Exec {
            command = List.copyOf(command);
        }
    }

    /**
     * Frames from a serial port, such as a sensor or a board speaks through.
     *
     * @param port its file, such as {@code /dev/ttyUSB0}
     *     <p>Immutable.
     */
    record Serial(Path port, SerialLine line, StreamForm form, Waiting waiting) implements SourceSettings {}

    /**
     * How a serial port is to be read; both ends must say the same.
     *
     * @param baud signs a second
     * @param bits of a character
     * @param stopBits 1 or 2
     *     <p>Immutable.
     */
    record SerialLine(int baud, int bits, Parity parity, int stopBits, Flow flow) {}

    /** What makes the ones of a character even or odd in number. */
    enum Parity {
        NONE,
        EVEN,
        ODD
    }

    /** How whoever reads has whoever writes wait. */
    enum Flow {
        /** Not at all. */
        NONE,
        /** By the lines RTS and CTS. */
        HARDWARE,
        /** By the characters XON and XOFF. */
        SOFTWARE
    }

    /**
     * Messages of a broker, a frame each.
     *
     * @param filter which topics
     * @param retained whether what the broker has kept from before is a frame, too
     *     <p>Immutable.
     */
    record Messages(String filter, boolean retained, Broker broker, MessageForm form, Waiting waiting)
            implements SourceSettings {}

    /**
     * Where messages come from.
     *
     * @param own whether the source says so itself; else it is the broker of the device
     * @param clientId as which the source connects
     *     <p>Immutable.
     */
    record Broker(
            boolean own,
            URI url,
            String clientId,
            @Nullable TlsSettings tls,
            @Nullable String username,
            @Nullable Secret password) {}

    /** What programs bring to the local interface, a frame each. Immutable. */
    record Push(MessageForm form, Waiting waiting) implements SourceSettings {}

    /**
     * How the bytes of a message hold a frame.
     *
     * @param element of {@link Payload#RAW}
     * @param maxSize of a message
     *     <p>Immutable.
     */
    record MessageForm(Payload format, Numbers numbers, Element element, long maxSize) {}

    /** How a message holds a frame. */
    enum Payload {
        /** Numbers in JSON. */
        JSON,
        /** Numbers in text. */
        CSV,
        /** Numbers as bytes. */
        RAW,
        /** A JPEG, PNG or BMP as it is. */
        IMAGE,
        /** A WAV as it is. */
        WAV
    }

    /** A number as little-endian bytes. */
    enum Element {
        FLOAT32,
        INT16,
        INT8,
        UINT8
    }

    /**
     * How a stream of bytes holds frames, one after the other.
     *
     * @param width of a picture; 0 with another format
     * @param rate samples a second of sound; 0 with another format
     * @param samples in a frame of sound; 0 with another format
     * @param numbers in a line of text
     * @param maxSize of a picture in a stream of JPEGs
     * @param bytes of {@link Output#RAW}
     *     <p>Immutable.
     */
    record StreamForm(
            Output format,
            int width,
            int height,
            int rate,
            int samples,
            Numbers numbers,
            long maxSize,
            NumberBytes bytes) {}

    /**
     * How numbers follow each other as bytes.
     *
     * @param start what stands before each frame, in hexadecimal digits; empty: nothing
     *     <p>Immutable.
     */
    record NumberBytes(Element element, String start) {
        /** Where nothing is said. */
        public static final NumberBytes PLAIN = new NumberBytes(Element.FLOAT32, "");
    }

    /** How a stream of bytes holds frames. */
    enum Output {
        /** Pictures without a header, three bytes a pixel. */
        RGB24,
        /** Sound of one channel without a header, 16 bits a sample, little-endian. */
        S16LE,
        /** JPEGs, one after the other. */
        MJPEG,
        /** Rows of numbers. */
        CSV,
        /** JSON, one value a line. */
        JSONL,
        /** Numbers as bytes. */
        RAW
    }

    /**
     * Which numbers a text holds.
     *
     * @param columns how many; 0: as many as the model's input has
     * @param values where they are in JSON, such as {@code $.acceleration}; more than one are put one after the other
     *     <p>Immutable.
     */
    record Numbers(int columns, List<String> values) {
        /** As many as the model's input has, which are all that there is. */
        public static final Numbers ALL = new Numbers(0, List.of("$"));

        public Numbers {
            values = List.copyOf(values);
        }
    }

    /**
     * How frames wait for the pipeline.
     *
     * @param queue how many may
     * @param stale how long none may come until that is a failure; null: for ever
     *     <p>Immutable.
     */
    record Waiting(int queue, Overflow overflow, @Nullable Duration stale) {}

    /** What happens to a frame that finds no room. */
    enum Overflow {
        /** It takes the place of the one that has waited longest. */
        DROP_OLDEST,
        /** Whoever brings it waits. */
        BLOCK,
        /** Whoever brings it is told to come again. */
        REFUSE
    }
}
