package io.fulmar.agent.pipeline;

import io.fulmar.model.explain.HeatPicture;
import io.fulmar.model.explain.KernelShap;
import io.fulmar.model.explain.ModelScore;
import io.fulmar.model.explain.Occlusion;
import io.fulmar.model.explain.ScoreFunction;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.Tensor;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Says which parts of an input a model's answer rests on, in bounded time: a picture is covered patch by patch, the parts of any other
 * input get their shares of the score. Owned by the thread that runs the model.
 */
public final class Explain {
    private static final int LEAST_SIDE = 8;
    private static final int PARTS = 10;

    private final LoadedModel model;
    private final Wish wish;
    private final ModelScore score;
    private final int element;
    private final double whole;
    private final long runNanos;
    private final long endNanos;
    private long runs = 1;

    /**
     * What is wanted.
     *
     * @param element of the output; null for the largest
     * @param patch side of the square that is covered, in pixels; null for one that the time suffices for
     * @param parts into how many stretches the input is divided, also that of a picture; null where that is not wanted
     * @param pngBytes how large the picture may be
     *     <p>Immutable.
     */
    public record Wish(
            @Nullable Integer element,
            @Nullable Integer patch,
            @Nullable Integer parts,
            int pngBytes) {}

    /**
     * What came of it.
     *
     * @param properties of a JSON object
     * @param png the heat map over the picture; null where there is none
     *     <p>Immutable, as long as nobody writes into the array.
     */
    @SuppressWarnings("ArrayRecordComponent") // handed on once, compared nowhere
    public record Explanation(Map<String, Object> properties, byte @Nullable [] png) {
        /** The same with the picture in it, as base64. */
        public Map<String, Object> withPicture() {
            Map<String, Object> all = new LinkedHashMap<>(properties);
            if (png != null) {
                all.put("png", Base64.getEncoder().encodeToString(png));
            }
            return all;
        }
    }

    private Explain(LoadedModel model, Wish wish, float[] input) {
        this.model = model;
        this.wish = wish;
        Interpreter interpreter = model.interpreter();
        Tensor tensor = interpreter.input(0);
        if (interpreter.inputs().size() != 1 || tensor.elements() != input.length) {
            throw wrong(
                    "has " + interpreter.inputs().size() + " inputs, the first of " + tensor.elements()
                            + " numbers, and got " + input.length,
                    "explain a model with one input");
        }
        tensor.write(input, 0, input.length);
        long start = System.nanoTime();
        interpreter.invoke();
        this.runNanos = System.nanoTime() - start;
        this.endNanos = start + Limits.EXPLAIN.toNanos();
        Tensor scores = interpreter.output(0);
        this.element = element(scores);
        this.whole = scores.getReal(element);
        this.score = new ModelScore(interpreter, element);
    }

    /**
     * Explains an answer of that model, which runs often for it.
     *
     * @throws PipelineException if that cannot be done, or would take too long
     */
    public static Explanation of(LoadedModel model, float[] input, Wish wish) {
        try {
            Explain explain = new Explain(model, wish, input);
            Occlusion picture = wish.parts() == null ? explain.picture() : null;
            return picture == null ? explain.shares(input) : explain.heat(picture, input);
        } catch (IllegalArgumentException e) {
            throw new PipelineException(
                    "model " + model.ref().name() + ": " + e.getMessage(), "ask for another patch, or other parts");
        }
    }

    private int element(Tensor scores) {
        Integer wanted = wish.element();
        if (wanted != null && (wanted < 0 || wanted >= scores.elements())) {
            throw wrong("has the classes 0 to " + (scores.elements() - 1) + ", not " + wanted, "ask for one of those");
        }
        int best = 0;
        for (int i = 1; i < scores.elements() && wanted == null; i++) {
            best = scores.getReal(i) > scores.getReal(best) ? i : best;
        }
        return wanted == null ? best : wanted;
    }

    /** The input as a picture; null if it has no shape of one. */
    private @Nullable Occlusion picture() {
        int[] shape = model.interpreter().input(0).shape();
        if (shape.length != 4
                || shape[0] != 1
                || Math.min(shape[1], shape[2]) < LEAST_SIDE
                || (shape[3] != 1 && shape[3] != 3)) {
            return null;
        }
        int side = Math.min(shape[1], shape[2]);
        int patch = wish.patch() == null ? side / LEAST_SIDE : wish.patch();
        Occlusion occlusion = new Occlusion(shape[1], shape[2], shape[3], patch, (patch + 1) / 2);
        while (wish.patch() == null && patch < side / 2 && takesTooLong(occlusion.runs())) {
            patch++;
            occlusion = new Occlusion(shape[1], shape[2], shape[3], patch, (patch + 1) / 2);
        }
        return occlusion;
    }

    private boolean takesTooLong(long wanted) {
        return wanted > Limits.EXPLAIN_RUNS || wanted * runNanos > Limits.EXPLAIN.toNanos() / 2;
    }

    private ScoreFunction bounded(long wanted, String larger) {
        if (wanted > Limits.EXPLAIN_RUNS || wanted * runNanos > Limits.EXPLAIN.toNanos()) {
            throw wrong("would have to run " + wanted + " times for this", larger);
        }
        return input -> {
            if (System.nanoTime() - endNanos > 0) {
                throw wrong("takes more than " + Limits.EXPLAIN.toSeconds() + " s for this", larger);
            }
            runs++;
            return score.of(input);
        };
    }

    private Explanation heat(Occlusion picture, float[] input) {
        float[] map = picture.explain(bounded(picture.runs(), "ask for a larger patch"), input);
        int most = 0;
        for (int i = 1; i < map.length; i++) {
            most = map[i] > map[most] ? i : most;
        }
        Map<String, Object> told = head("occlusion");
        told.put("height", picture.height());
        told.put("width", picture.width());
        told.put("patch", picture.patch());
        told.put("row", most / picture.width());
        told.put("column", most % picture.width());
        told.put("fall", map[most]);
        return new Explanation(told, HeatPicture.png(picture, input, map, wish.pngBytes()));
    }

    private Explanation shares(float[] input) {
        int parts = wish.parts() == null ? Math.min(input.length, PARTS) : wish.parts();
        KernelShap shap = new KernelShap(parts, 0, Limits.EXPLAIN_RUNS / 2, 1);
        double[] shares = shap.explain(bounded(shap.runs(), "ask for fewer parts"), input);
        Map<String, Object> told = head("shapley");
        List<Object> list = new ArrayList<>();
        for (int part = 0; part < shares.length; part++) {
            Map<String, Object> one = new LinkedHashMap<>();
            one.put("from", shap.start(part, input.length));
            one.put("to", shap.start(part + 1, input.length));
            one.put("share", shares[part]);
            list.add(one);
        }
        told.put("parts", list);
        return new Explanation(told, null);
    }

    private Map<String, Object> head(String method) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("model", model.ref().name());
        told.put("version", model.ref().version());
        told.put("method", method);
        told.put("class", element);
        if (model.labels().size() == model.interpreter().output(0).elements()) {
            told.put("label", model.labels().get(element));
        }
        told.put("score", whole);
        told.put("runs", runs);
        return told;
    }

    private PipelineException wrong(String what, String hint) {
        return new PipelineException("model " + model.ref().name() + " " + what, hint);
    }
}
