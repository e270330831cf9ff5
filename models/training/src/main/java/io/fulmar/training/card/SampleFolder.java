package io.fulmar.training.card;

import io.fulmar.model.tflite.Delegate;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.training.data.Example;
import io.fulmar.training.evaluate.Reference;
import io.fulmar.training.evaluate.TfliteClassifier;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The folder that a sample model ships as: the model, its labels, golden cases, a card for people and model.toml for programs.
 * Owned by the training run.
 */
public final class SampleFolder {
    private static final int GOLDEN_CASES_A_LABEL = 1;

    private final Path folder;
    private final String name;
    private final String version;
    private final int release;
    private final String title;

    public SampleFolder(Path folder, String name, String version, int release, String title) throws IOException {
        this.folder = Files.createDirectories(folder);
        this.name = name;
        this.version = version;
        this.release = release;
        this.title = title;
    }

    /** Writes the model and reads it back as a device would. */
    public ModelFile model(byte[] content) throws IOException {
        Path file = folder.resolve(name + ".tflite");
        Files.write(file, content);
        return ModelFile.read(file);
    }

    public void labels(List<String> labels) throws IOException {
        Files.writeString(folder.resolve("labels.txt"), String.join("\n", labels) + "\n");
    }

    /**
     * Golden cases: the tensors' bytes, as the reference kernels of the runtime compute them, for the first example of each
     * label that the model gets right.
     */
    public void golden(ModelFile model, List<Example> heldOut, List<String> labels) throws IOException {
        Path golden = Files.createDirectories(folder.resolve("golden"));
        try (Stream<Path> old = Files.list(golden)) {
            for (Path file : old.toList()) {
                Files.delete(file);
            }
        }
        int[] written = new int[labels.size()];
        try (TfliteClassifier classifier = new TfliteClassifier(model, Delegate.NONE)) {
            for (Example example : heldOut) {
                int label = example.label();
                if (written[label] < GOLDEN_CASES_A_LABEL && classifier.label(example.input()) == label) {
                    written[label]++;
                    Files.write(golden.resolve(labels.get(label) + ".in0.bin"), classifier.rawInput());
                    Files.write(golden.resolve(labels.get(label) + ".out0.bin"), classifier.rawOutput());
                }
            }
        }
    }

    /** What a package says of the model, and what a program may want to know of it besides, in TOML. */
    public void facts(ModelFile model, Reference reference, int heldOut, double floatAccuracy, double int8Accuracy)
            throws IOException {
        describe(
                model,
                "# Written by models/training/train.sh; a test compares it with the model and the card.",
                List.of("card = \"card.md\""),
                "quanta = 16",
                reference,
                List.of(
                        "[facts]",
                        "held_out_examples = " + heldOut,
                        String.format(Locale.ROOT, "held_out_accuracy_float = %.4f", floatAccuracy),
                        String.format(Locale.ROOT, "held_out_accuracy_int8 = %.4f", int8Accuracy),
                        ""));
    }

    /**
     * The same of a model with a fault.
     *
     * @param reference what it is said to say
     * @param tolerance of the golden cases
     */
    public void faulty(ModelFile model, String fault, String tolerance, Reference reference) throws IOException {
        describe(
                model,
                "# Written by models/training/train.sh. Faulty: " + fault,
                List.of(),
                tolerance,
                reference,
                List.of());
    }

    private void describe(
            ModelFile model, String head, List<String> card, String tolerance, Reference reference, List<String> facts)
            throws IOException {
        Stream<List<String>> parts = Stream.of(
                List.of(
                        head,
                        "name = \"" + name + "\"",
                        "version = \"" + version + "\"",
                        "release = " + release,
                        "title = \"" + title + "\"",
                        "license = \"Apache-2.0\"",
                        "file = \"" + name + ".tflite\"",
                        "labels = \"labels.txt\""),
                card,
                List.of(
                        "sha256 = \"" + model.sha256() + "\"",
                        "size = " + model.sizeBytes(),
                        "dtype = \"int8\"",
                        "",
                        "[golden]",
                        tolerance,
                        "same_top = true",
                        "",
                        "[budgets]",
                        "latency_millis = 100",
                        "memory_bytes = 67108864",
                        ""),
                reference.toml(),
                facts);
        Files.writeString(
                folder.resolve("model.toml"), parts.flatMap(List::stream).collect(Collectors.joining("\n")));
    }

    /** Writes card.md from its template, each ${key} replaced. */
    public void card(ModelFile model, Map<String, String> values) throws IOException {
        Map<String, String> all = new TreeMap<>(values);
        all.put("sha256", model.sha256());
        all.put("size", String.format(Locale.ROOT, "%,d", model.sizeBytes()));
        String text = template();
        for (Map.Entry<String, String> entry : all.entrySet()) {
            text = text.replace("${" + entry.getKey() + "}", entry.getValue());
        }
        int open = text.indexOf("${");
        if (open >= 0) {
            throw new IllegalStateException(
                    "the card of " + name + " leaves " + text.substring(open, text.indexOf('}', open) + 1));
        }
        Files.writeString(folder.resolve("card.md"), text);
    }

    private String template() throws IOException {
        try (InputStream in = SampleFolder.class.getResourceAsStream(name + ".md")) {
            if (in == null) {
                throw new IllegalStateException("no card template " + name + ".md");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
