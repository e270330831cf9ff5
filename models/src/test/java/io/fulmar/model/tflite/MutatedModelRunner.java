package io.fulmar.model.tflite;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;

/**
 * Runs damaged models that pass the check, in a process of its own: {@code FROM TO PROGRESS-FILE TESTDATA}. The progress
 * file always holds the number of the model in work, and how many were run and refused.
 */
final class MutatedModelRunner {
    /** A model that computes longer than this is not run: only its opening is tried. */
    private static final long MAX_BYTES_TO_RUN = 1 << 24;

    private MutatedModelRunner() {}

    public static void main(String[] args) throws IOException {
        Mutations mutations = new Mutations(Path.of(args[3]));
        long ran = 0;
        long refused = 0;
        try (RandomAccessFile progress = new RandomAccessFile(args[2], "rw")) {
            for (long number = Long.parseLong(args[0]); number < Long.parseLong(args[1]); number++) {
                ModelFile model;
                try {
                    model = ModelFile.of("mutation " + number, mutations.mutation(number));
                } catch (ModelException e) {
                    continue;
                }
                progress.seek(0);
                progress.writeLong(number);
                progress.writeLong(ran);
                progress.writeLong(refused);
                Delegate delegate = number / 100 % 2 == 0 ? Delegate.XNNPACK : Delegate.NONE;
                try (Interpreter interpreter = Interpreter.open(model, new InterpreterOptions(1, delegate))) {
                    run(interpreter);
                    ran++;
                } catch (ModelException e) {
                    refused++;
                }
            }
            progress.seek(0);
            progress.writeLong(Long.parseLong(args[1]));
            progress.writeLong(ran);
            progress.writeLong(refused);
        }
    }

    private static void run(Interpreter interpreter) {
        for (Tensor input : interpreter.inputs()) {
            if (input.byteSize() > MAX_BYTES_TO_RUN) {
                return;
            }
            input.writeRaw(new byte[(int) input.byteSize()]);
        }
        interpreter.invoke();
        for (Tensor output : interpreter.outputs()) {
            if (output.isAvailable() && output.byteSize() < MAX_BYTES_TO_RUN) {
                output.readRaw(new byte[(int) output.byteSize()]);
            }
        }
    }
}
