package io.fulmar.agent.pipeline;

import io.fulmar.agent.media.View;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.config.PostprocessSettings.Keypoints.Form;
import io.fulmar.sync.wire.Found;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Finds the points of a body. Owned by the pipeline's thread. */
final class Keypoints implements Postprocess.Step {
    private final PostprocessSettings.Keypoints settings;
    private final List<String> names;
    private final int rows;
    private final int columns;
    private final int inputHeight;
    private final int inputWidth;
    private final float[] scores = new float[1];

    private Keypoints(PostprocessSettings.Keypoints settings, List<String> names, int[] map, int[] input) {
        this.settings = settings;
        this.names = names;
        this.rows = map[1];
        this.columns = map[2];
        this.inputHeight = input[1];
        this.inputWidth = input[2];
    }

    /** @throws PipelineException if the model's outputs are not of that format */
    static Keypoints of(String pipeline, PostprocessSettings.Keypoints settings, LoadedModel model) {
        OutputShapes shapes = new OutputShapes(pipeline, "keypoints", settings.outputs(), model);
        int[] first = shapes.of(0);
        if (first.length < 2) {
            throw shapes.wrong(0, "a list of points");
        }
        int points = settings.format() == Form.HEATMAPS ? first[first.length - 1] : first[first.length - 2];
        List<String> names = settings.names().isEmpty() ? model.labels() : settings.names();
        if (!names.isEmpty() && names.size() != points) {
            throw new PipelineException(
                    "pipeline " + pipeline + ": model " + model.ref().name() + " finds " + points
                            + " points, and there are " + names.size() + " names",
                    "give the step keypoints one name for each");
        }
        if (settings.format() == Form.COORDINATES) {
            if (first[first.length - 1] != 3 || shapes.elements(0) != 3 * points) {
                throw shapes.wrong(0, "[1, 1, points, 3]: y, x and score of each");
            }
            return new Keypoints(settings, named(names, points), new int[3], new int[3]);
        }
        if (first.length != 4) {
            throw shapes.wrong(0, "[1, height, width, points]");
        }
        if (settings.outputs().size() == 2
                && !Arrays.equals(shapes.of(1), new int[] {first[0], first[1], first[2], 2 * points})) {
            throw shapes.wrong(1, "[1, height, width, 2 x points]");
        }
        return new Keypoints(settings, named(names, points), first, shapes.picture());
    }

    private static List<String> named(List<String> names, int points) {
        List<String> all = new ArrayList<>(names);
        for (int i = all.size(); i < points; i++) {
            all.add(Integer.toString(i));
        }
        return all;
    }

    @Override
    public void apply(Outcome outcome) {
        List<Found.Keypoint> points = new ArrayList<>(names.size());
        double sum = 0;
        for (int i = 0; i < names.size(); i++) {
            Found.Keypoint point = settings.format() == Form.COORDINATES ? row(outcome, i) : peak(outcome, i);
            points.add(point);
            sum += point.score();
        }
        scores[0] = (float) (sum / names.size());
        outcome.scores(scores);
        boolean found = scores[0] >= settings.min();
        outcome.label(found ? 0 : Outcome.NO_CLASS, found ? settings.label() : settings.otherwise());
        if (found) {
            outcome.found(new Found(List.of(), points, List.of()));
        }
    }

    private Found.Keypoint row(Outcome outcome, int point) {
        float[] values = outcome.output(settings.outputs().getFirst());
        return point(outcome, point, values[3 * point + 1], values[3 * point], values[3 * point + 2]);
    }

    /** Where the point's map is highest, and what the offsets add to that. */
    private Found.Keypoint peak(Outcome outcome, int point) {
        float[] maps = outcome.output(settings.outputs().getFirst());
        int count = names.size();
        int best = 0;
        for (int cell = 1; cell < rows * columns; cell++) {
            if (maps[cell * count + point] > maps[best * count + point]) {
                best = cell;
            }
        }
        float score = maps[best * count + point];
        if (settings.logits()) {
            score = (float) (1 / (1 + Math.exp(-score)));
        }
        int row = best / columns;
        int column = best % columns;
        if (settings.outputs().size() == 1) {
            return point(outcome, point, (column + 0.5) / columns, (row + 0.5) / rows, score);
        }
        float[] offsets = outcome.output(settings.outputs().get(1));
        double y = row * stride(inputHeight, rows) + offsets[best * 2 * count + point];
        double x = column * stride(inputWidth, columns) + offsets[best * 2 * count + count + point];
        return point(outcome, point, x / inputWidth, y / inputHeight, score);
    }

    /** The middles of the first and the last cell are the picture's first and last pixel. */
    private static double stride(int pixels, int cells) {
        return cells == 1 ? 0 : (pixels - 1.0) / (cells - 1);
    }

    private Found.Keypoint point(Outcome outcome, int point, double x, double y, float score) {
        View view = outcome.view();
        return new Found.Keypoint(names.get(point), (float) view.x(x), (float) view.y(y), score);
    }
}
