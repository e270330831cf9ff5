package io.fulmar.agent.api.oip;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/** The best classes of an output instead of its numbers, each as {@code value:index:label}. Immutable. */
record Classification(List<Long> shape, List<String> texts) {
    Classification {
        shape = List.copyOf(shape);
        texts = List.copyOf(texts);
    }

    /** Of each input of the batch, which is the first dimension where there is more than one. */
    static Classification of(TensorData data, int most, List<String> labels) {
        Elements elements = new Elements(data);
        boolean several = data.shape().size() > 1;
        int rows = several ? Math.toIntExact(data.shape().getFirst()) : 1;
        int classes = elements.count() / rows;
        int kept = Math.min(most, classes);
        List<String> texts = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            int first = row * classes;
            IntStream.range(0, classes)
                    .boxed()
                    .sorted(Comparator.comparingDouble((Integer i) -> elements.real(first + i))
                            .reversed())
                    .limit(kept)
                    .forEach(best -> texts.add(elements.text(first + best) + ":" + best
                            + (labels.size() == classes ? ":" + labels.get(best) : "")));
        }
        return new Classification(several ? List.of((long) rows, (long) kept) : List.of((long) kept), texts);
    }

    /** Each text behind its length. */
    byte[] bytes() {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (String text : texts) {
            byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
            out.writeBytes(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(utf8.length)
                    .array());
            out.writeBytes(utf8);
        }
        return out.toByteArray();
    }
}
