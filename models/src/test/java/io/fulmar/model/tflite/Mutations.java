package io.fulmar.model.tflite;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tensorflow.lite.schema.Model;

/** Damaged models, each determined by its number: mostly in the structure, sometimes in the weights. */
final class Mutations {
    private static final int[] INTERESTING = {
        0,
        1,
        -1,
        2,
        3,
        7,
        16,
        127,
        128,
        255,
        1 << 16,
        1 << 30,
        Integer.MAX_VALUE,
        Integer.MIN_VALUE,
        0x7f800000,
        0x7fc00000
    };
    private static final int STRUCTURE_PERCENT = 95;
    private static final int WEIGHTS_BYTES = 64;

    private final List<Base> bases = new ArrayList<>();

    Mutations(Path testData) {
        for (TestModel model : List.of(
                TestModel.sumAndProduct(),
                TestModel.perChannelDense(),
                TestModel.twice(),
                TestModel.whereTrue(),
                TestModel.twoSignatures(),
                TestModel.echo(TensorType.INT64),
                TestModel.quantizedEcho(TensorType.INT16, 0.5f, 0).metadata("min_runtime_version", '1', '.', '5'))) {
            bases.add(Base.of(model.bytes()));
        }
        if (Files.isDirectory(testData)) {
            try (Stream<Path> files = Files.walk(testData)) {
                files.filter(file -> file.toString().endsWith(".tflite"))
                        .sorted()
                        .forEach(file -> bases.add(Base.of(read(file))));
                for (String name : new String[] {"multi_io/add.bin", "multi_io/multi_add.bin"}) {
                    bases.add(Base.of(read(testData.resolve(name))));
                }
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    byte[] mutation(long number) {
        Random random = new Random(number * 0x9E3779B97F4A7C15L);
        Base base = bases.get((int) Math.floorMod(number, (long) bases.size()));
        byte[] bytes = base.bytes.clone();
        if (random.nextInt(20) == 0) {
            return Arrays.copyOf(bytes, random.nextInt(bytes.length));
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int changes = 1 + random.nextInt(3);
        for (int i = 0; i < changes; i++) {
            int at = random.nextInt(100) < STRUCTURE_PERCENT
                    ? base.structure[random.nextInt(base.structure.length)]
                    : random.nextInt(bytes.length);
            int word = Math.min(at & ~3, bytes.length - 4);
            switch (random.nextInt(5)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> buffer.putInt(word, INTERESTING[random.nextInt(INTERESTING.length)]);
                case 3 -> buffer.putInt(word, buffer.getInt(word) + random.nextInt(9) - 4);
                default ->
                    buffer.putInt(word, buffer.getInt(base.structure[random.nextInt(base.structure.length)] & ~3));
            }
        }
        return bytes;
    }

    /** A sound model, and where its bytes are not weights. Immutable. */
    private static final class Base {
        final byte[] bytes;
        final int[] structure;

        private Base(byte[] bytes, int[] structure) {
            this.bytes = bytes;
            this.structure = structure;
        }

        static Base of(byte[] bytes) {
            boolean[] weights = new boolean[bytes.length];
            Model model = Model.getRootAsModel(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
            for (int i = 0; i < model.buffersLength(); i++) {
                ByteBuffer data = model.buffers(i).dataAsByteBuffer();
                if (data != null && data.remaining() > WEIGHTS_BYTES) {
                    Arrays.fill(weights, data.position(), data.limit(), true);
                }
            }
            int[] structure = IntStream.range(0, bytes.length - 4)
                    .filter(i -> !weights[i])
                    .toArray();
            return new Base(bytes, structure);
        }
    }
}
