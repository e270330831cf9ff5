package io.fulmar.training.data;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;

/**
 * Real handwritten digits of 13 people: 1,797 images of 8×8 pixels from 0 to 16 (Alpaydin and Kaynak, "Optical Recognition of
 * Handwritten Digits", UCI Machine Learning Repository, CC BY 4.0), as scikit-learn packages them. The file goes from one
 * writer to the next: the order of the digits starts anew with each form. The split falls between two forms, so that the
 * held-out digits are by people whose hand training does not see.
 * Immutable.
 */
public record HandwrittenDigits(List<Example> training, List<Example> heldOut) {
    public static final int PIXELS = 64;
    public static final int DARKEST = 16;

    private static final int EXAMPLES = 1797;
    /** Where the last four of the fourteen forms begin. */
    private static final int FIRST_HELD_OUT = 1287;

    public HandwrittenDigits {
        training = List.copyOf(training);
        heldOut = List.copyOf(heldOut);
    }

    /** Reads digits.csv.gz: 64 pixels and the digit in each line. */
    public static HandwrittenDigits read(Path file) throws IOException {
        List<Example> all = new ArrayList<>();
        try (BufferedReader lines = new BufferedReader(
                new InputStreamReader(new GZIPInputStream(Files.newInputStream(file)), StandardCharsets.US_ASCII))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                all.add(example(line));
            }
        }
        if (all.size() != EXAMPLES) {
            throw new IllegalArgumentException(file + " has " + all.size() + " digits, not " + EXAMPLES);
        }
        return new HandwrittenDigits(all.subList(0, FIRST_HELD_OUT), all.subList(FIRST_HELD_OUT, EXAMPLES));
    }

    private static Example example(String line) {
        String[] cells = line.split(",", -1);
        if (cells.length != PIXELS + 1) {
            throw new IllegalArgumentException("a line of 64 pixels and a digit, not: " + line);
        }
        float[] pixels = new float[PIXELS];
        for (int i = 0; i < PIXELS; i++) {
            pixels[i] = Float.parseFloat(cells[i]);
        }
        return new Example(pixels, (int) Float.parseFloat(cells[PIXELS]), 1);
    }
}
