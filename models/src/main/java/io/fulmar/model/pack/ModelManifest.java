package io.fulmar.model.pack;

import io.fulmar.model.json.Json;
import io.fulmar.model.tflite.Quantization;
import io.fulmar.model.tflite.TensorDescription;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a package says of its model: every file with its digest, what goes in and out, how it is tested, what it needs. A
 * release statement signs the digest of its JSON; whoever hands on a digest must take it from the bytes that were read, not
 * from what {@link #toJson} would write. Immutable.
 *
 * @param name names the model across its versions
 * @param version for people
 * @param release rises with every version
 * @param title what it does, in a line
 * @param license SPDX identifier or name
 * @param files all of the package; exactly one has the role {@link Role#MODEL}
 * @param inputs those of the model, in its order
 * @param outputs those of the model, in its order
 * @param golden what must come out of given inputs before the model is used
 * @param budgets what one run may cost
 * @param devices board profiles that it is for; empty for any
 * @param runtime versions of the agent that it is for
 * @param reference what it said of the data that it was tested on
 * @param processing the steps before and after it
 */
public record ModelManifest(
        String name,
        SemanticVersion version,
        long release,
        @Nullable String title,
        @Nullable String license,
        List<FileEntry> files,
        List<TensorEntry> inputs,
        List<TensorEntry> outputs,
        List<GoldenCase> golden,
        Budgets budgets,
        List<String> devices,
        RuntimeRange runtime,
        @Nullable Reference reference,
        Processing processing) {

    /** The version of this form. */
    public static final int SCHEMA = 1;

    static final String NAME_FORM = "[a-z0-9][a-z0-9._-]{0,63}";
    static final String CASE_FORM = "[A-Za-z0-9_][A-Za-z0-9._-]{0,63}";
    static final String FILE_NAME_FORM = "[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*";
    static final String DTYPE_FORM = "[a-z0-9]{1,16}";
    static final String TEXT_FORM = "[^\\u0000-\\u001f\\u007f-\\u009f]+";

    private static final Pattern NAME = Pattern.compile(NAME_FORM);
    private static final Pattern CASE = Pattern.compile(CASE_FORM);
    private static final Pattern FILE_NAME = Pattern.compile(FILE_NAME_FORM);
    private static final Pattern DTYPE = Pattern.compile(DTYPE_FORM);
    private static final Pattern TEXT = Pattern.compile(TEXT_FORM);

    /** What a file is for. */
    public enum Role {
        /** The .tflite file. */
        MODEL,
        /** One label a line. */
        LABELS,
        /** The raw bytes of one tensor of a golden case. */
        GOLDEN,
        /** What people should know, as Markdown. */
        CARD;

        String text() {
            return name().toLowerCase(Locale.ROOT);
        }

        static Role ofText(String text) {
            for (Role role : values()) {
                if (role.text().equals(text)) {
                    return role;
                }
            }
            throw malformed("a file has the unknown role '" + Json.oneLine(text) + "'");
        }
    }

    /**
     * A file of the package. Immutable.
     *
     * @param name a path below the package, with {@code /}; safe to append to a folder
     * @param sha256 64 lower-case hex digits
     */
    public record FileEntry(Role role, String name, String sha256, long size) {
        public FileEntry {
            if (name.length() > Limits.FILE_NAME_CHARS
                    || !FILE_NAME.matcher(name).matches()) {
                throw new PackageException(
                        Reason.UNSAFE_NAME,
                        "the file name '" + Json.oneLine(name) + "' is not one that a package may have");
            }
            if (!Digest.isHex(sha256)) {
                throw malformed("the file " + name + " has no digest of 64 hex digits");
            }
            long limit = role == Role.MODEL ? Limits.MODEL_BYTES : Limits.FILE_BYTES;
            if (size > limit) {
                throw new PackageException(
                        Reason.TOO_LARGE, "the file " + name + " has " + size + " bytes, and may have " + limit);
            }
            if (size < 0) {
                throw malformed("the file " + name + " has " + size + " bytes");
            }
        }
    }

    /**
     * An input or output of the model. Immutable.
     *
     * @param dtype as {@code fulmar model inspect} prints it
     * @param shape the sizes of the dimensions; -1 where the size is chosen at run time
     * @param scale how real numbers are made of raw ones; null where they stand for themselves
     * @param zeroPoint together with {@code scale}
     */
    public record TensorEntry(
            String name,
            String dtype,
            List<Integer> shape,
            @Nullable Float scale,
            @Nullable Integer zeroPoint) {
        public TensorEntry {
            shape = List.copyOf(shape);
            if (name.length() > Limits.TEXT_CHARS) {
                throw malformed("a tensor's name has more than " + Limits.TEXT_CHARS + " characters");
            }
            if (!DTYPE.matcher(dtype).matches()) {
                throw malformed("a tensor has the type '" + Json.oneLine(dtype) + "'");
            }
            if (shape.size() > Limits.DIMENSIONS || shape.stream().anyMatch(size -> size == 0 || size < -1)) {
                throw malformed("a tensor has the shape " + Json.oneLine(shape.toString()));
            }
            if ((scale == null) != (zeroPoint == null)) {
                throw malformed("a tensor has one of scale and zeroPoint, and needs both or none");
            }
            if (scale != null && !(scale > 0 && Float.isFinite(scale))) {
                throw malformed("a tensor has the scale " + scale);
            }
        }

        /** What a model file says of one of its tensors. */
        public static TensorEntry of(TensorDescription tensor) {
            Quantization quantization = tensor.quantization();
            boolean one = quantization.channels() == 1;
            return new TensorEntry(
                    tensor.name(),
                    tensor.type().text(),
                    tensor.shapeSignature(),
                    one ? (Float) quantization.scale(0) : null,
                    one ? (Integer) quantization.zeroPoint(0) : null);
        }

        /** As {@code fulmar model inspect} prints it. */
        @Override
        public String toString() {
            return "'" + Json.oneLine(name) + "' " + dtype + shape
                    + (scale == null ? "" : ", scale " + scale + " zero point " + zeroPoint);
        }
    }

    /**
     * Inputs and what must come out of them. Immutable.
     *
     * @param inputs names of files with the raw bytes of each input, in the model's order
     * @param outputs likewise
     */
    public record GoldenCase(String name, List<String> inputs, List<String> outputs, Tolerance tolerance) {
        public GoldenCase {
            inputs = List.copyOf(inputs);
            outputs = List.copyOf(outputs);
            if (!CASE.matcher(name).matches()) {
                throw malformed("a golden case has the name '" + Json.oneLine(name) + "'");
            }
        }
    }

    /**
     * How far an output may be from the recorded one; whatever is given must hold. Immutable.
     *
     * @param absolute in real units
     * @param quanta in steps of a quantized output
     * @param sameTop whether the largest element must be the same
     */
    public record Tolerance(
            @Nullable Double absolute, @Nullable Integer quanta, boolean sameTop) {
        public Tolerance {
            if (absolute == null && quanta == null && !sameTop) {
                throw malformed("a tolerance asks for nothing: give absolute, quanta or sameTop");
            }
            if (absolute != null && !(absolute >= 0 && Double.isFinite(absolute))) {
                throw malformed("a tolerance is " + absolute);
            }
            if (quanta != null && (quanta < 0 || quanta > 0xffff)) {
                throw malformed("a tolerance is " + quanta + " quanta");
            }
        }
    }

    /**
     * What one run may cost on the device. Immutable.
     *
     * @param latencyMillis of 95 in 100 runs
     * @param memoryBytes of the interpreter and all that it keeps
     */
    public record Budgets(
            @Nullable Long latencyMillis, @Nullable Long memoryBytes) {
        /** It may cost what it costs. */
        public static final Budgets NONE = new Budgets(null, null);

        public Budgets {
            if ((latencyMillis != null && (latencyMillis < 1 || latencyMillis > Limits.LATENCY_MILLIS))
                    || (memoryBytes != null && (memoryBytes < 1 || memoryBytes > Limits.WHOLE))) {
                throw malformed("a budget is out of range");
            }
        }
    }

    /**
     * From one version of the agent to below another. Immutable.
     *
     * @param from the first; null for any
     * @param below the first that it is no longer; null for none
     */
    public record RuntimeRange(
            @Nullable SemanticVersion from, @Nullable SemanticVersion below) {
        /** Any version. */
        public static final RuntimeRange ANY = new RuntimeRange(null, null);

        public RuntimeRange {
            if (from != null && below != null && from.compareTo(below) >= 0) {
                throw malformed("no version of the agent is from " + from + " and below " + below);
            }
        }

        public boolean contains(SemanticVersion version) {
            return (from == null || version.compareTo(from) >= 0) && (below == null || version.compareTo(below) < 0);
        }

        @Override
        public String toString() {
            if (from == null) {
                return below == null ? "any" : "below " + below;
            }
            return below == null ? "from " + from : "from " + from + " and below " + below;
        }
    }

    /**
     * What the model said of the data that it was tested on. Immutable.
     *
     * @param labels how often it gave each label, as shares of 1
     * @param confidence how often its best score was in each tenth from 0 to 1, as shares of 1
     * @param inputs how the numbers that it was given were distributed; none where nobody has counted
     */
    public record Reference(Map<String, Double> labels, List<Double> confidence, List<Histogram> inputs) {
        private static final double ROUNDING = 0.01;

        /** One whose inputs nobody has counted. */
        public Reference(Map<String, Double> labels, List<Double> confidence) {
            this(labels, confidence, List.of());
        }

        public Reference {
            labels = Collections.unmodifiableMap(new LinkedHashMap<>(labels));
            confidence = List.copyOf(confidence);
            inputs = List.copyOf(inputs);
            if (inputs.size() > Limits.HISTOGRAMS
                    || inputs.stream().map(Histogram::name).distinct().count() < inputs.size()) {
                throw malformed("a reference has at most " + Limits.HISTOGRAMS + " inputs of different names");
            }
            if (labels.isEmpty() || labels.size() > Limits.LABELS || confidence.size() != Limits.CONFIDENCE_SHARES) {
                throw malformed("a reference needs 1 to " + Limits.LABELS + " labels and " + Limits.CONFIDENCE_SHARES
                        + " shares of confidence");
            }
            for (String label : labels.keySet()) {
                requireText("a label of the reference", label);
            }
            requireShares("labels", List.copyOf(labels.values()));
            requireShares("confidence", confidence);
        }

        static void requireShares(String what, List<Double> shares) {
            double sum = 0;
            for (double share : shares) {
                if (!(share >= 0 && share <= 1)) {
                    throw malformed("a share of the reference's " + what + " is " + share);
                }
                sum += share;
            }
            if (Math.abs(sum - 1) > ROUNDING) {
                throw malformed("the shares of the reference's " + what + " add up to " + sum);
            }
        }
    }

    /** One that leaves the steps to whoever runs it. */
    public ModelManifest(
            String name,
            SemanticVersion version,
            long release,
            @Nullable String title,
            @Nullable String license,
            List<FileEntry> files,
            List<TensorEntry> inputs,
            List<TensorEntry> outputs,
            List<GoldenCase> golden,
            Budgets budgets,
            List<String> devices,
            RuntimeRange runtime,
            @Nullable Reference reference) {
        this(
                name,
                version,
                release,
                title,
                license,
                files,
                inputs,
                outputs,
                golden,
                budgets,
                devices,
                runtime,
                reference,
                Processing.NONE);
    }

    public ModelManifest {
        files = List.copyOf(files);
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
        golden = List.copyOf(golden);
        devices = List.copyOf(devices);
        requireName(name);
        if (release < 1 || release > Limits.WHOLE) {
            throw malformed("the release number is " + release + ", not 1 to " + Limits.WHOLE);
        }
        if (title != null) {
            requireText("the title", title);
        }
        if (license != null) {
            requireText("the license", license);
        }
        requireFiles(files);
        requireTensors("inputs", inputs);
        requireTensors("outputs", outputs);
        requireGolden(golden, files, inputs.size(), outputs);
        requireDevices(devices);
    }

    static void requireName(String name) {
        if (!NAME.matcher(name).matches()) {
            throw malformed("the name '" + Json.oneLine(name) + "' is not 1 to 64 of a-z, 0-9, '.', '_' and '-'"
                    + " that begin with a letter or digit");
        }
    }

    static void requireText(String what, String text) {
        if (text.length() > Limits.TEXT_CHARS || !TEXT.matcher(text).matches()) {
            throw malformed(what + " is not one line of 1 to " + Limits.TEXT_CHARS + " characters");
        }
    }

    private static void requireFiles(List<FileEntry> files) {
        if (files.size() > Limits.FILES) {
            throw malformed("there are " + files.size() + " files, more than " + Limits.FILES);
        }
        Set<String> names = new HashSet<>();
        long bytes = 0;
        for (FileEntry file : files) {
            bytes += file.size();
            if (!names.add(file.name().toLowerCase(Locale.ROOT))) {
                throw malformed("two files have the name " + file.name() + ", or differ in case alone");
            }
        }
        for (Role role : List.of(Role.MODEL, Role.LABELS, Role.CARD)) {
            long count = files.stream().filter(file -> file.role() == role).count();
            if (count > 1 || (role == Role.MODEL && count == 0)) {
                throw malformed("there are " + count + " files of the role " + role.text());
            }
        }
        if (bytes > Limits.PACKAGE_BYTES) {
            throw new PackageException(
                    Reason.TOO_LARGE, "the files have " + bytes + " bytes, and may have " + Limits.PACKAGE_BYTES);
        }
    }

    private static void requireTensors(String what, List<TensorEntry> tensors) {
        if (tensors.isEmpty() || tensors.size() > Limits.TENSORS) {
            throw malformed("there are " + tensors.size() + " " + what + ", not 1 to " + Limits.TENSORS);
        }
    }

    private static void requireGolden(
            List<GoldenCase> golden, List<FileEntry> files, int inputs, List<TensorEntry> outputs) {
        if (golden.size() > Limits.GOLDEN_CASES) {
            throw malformed("there are " + golden.size() + " golden cases, more than " + Limits.GOLDEN_CASES);
        }
        Set<String> unused = new HashSet<>();
        files.stream().filter(file -> file.role() == Role.GOLDEN).forEach(file -> unused.add(file.name()));
        Set<String> known = Set.copyOf(unused);
        Set<String> names = new HashSet<>();
        for (GoldenCase one : golden) {
            if (!names.add(one.name())) {
                throw malformed("two golden cases have the name " + one.name());
            }
            if (one.inputs().size() != inputs || one.outputs().size() != outputs.size()) {
                throw malformed(
                        "the golden case " + one.name() + " needs " + inputs + " inputs and " + outputs + " outputs");
            }
            if (one.tolerance().quanta() != null && outputs.stream().anyMatch(output -> output.scale() == null)) {
                throw malformed("the golden case " + one.name() + " asks for quanta, and an output has no scale");
            }
            for (List<String> side : List.of(one.inputs(), one.outputs())) {
                for (String file : side) {
                    if (!known.contains(file)) {
                        throw malformed("the golden case " + one.name() + " names " + Json.oneLine(file)
                                + ", which is no file of the role golden");
                    }
                    unused.remove(file);
                }
            }
        }
        if (!unused.isEmpty()) {
            throw malformed("no golden case uses " + unused.iterator().next());
        }
    }

    private static void requireDevices(List<String> devices) {
        if (devices.size() > Limits.DEVICES || new HashSet<>(devices).size() != devices.size()) {
            throw malformed("devices are at most " + Limits.DEVICES + " different names");
        }
        for (String device : devices) {
            if (!NAME.matcher(device).matches()) {
                throw malformed("'" + Json.oneLine(device) + "' is not the name of a board profile");
            }
        }
    }

    /** Reads the JSON; a {@link PackageException} says what is wrong with it. */
    public static ModelManifest parse(byte[] json) {
        return ManifestJson.read(json);
    }

    /** The JSON of this manifest, indented. */
    public byte[] toJson() {
        return ManifestJson.write(this);
    }

    /** The .tflite file. */
    public FileEntry model() {
        return files.stream()
                .filter(file -> file.role() == Role.MODEL)
                .findFirst()
                .orElseThrow();
    }

    /** The file of labels; null when there is none. */
    public @Nullable FileEntry labels() {
        return files.stream()
                .filter(file -> file.role() == Role.LABELS)
                .findFirst()
                .orElse(null);
    }

    /** The file of this name; golden cases name no other. */
    public FileEntry file(String fileName) {
        return files.stream()
                .filter(file -> file.name().equals(fileName))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(name + " has no file " + fileName));
    }

    static PackageException malformed(String message) {
        return new PackageException(Reason.MALFORMED, message);
    }
}
