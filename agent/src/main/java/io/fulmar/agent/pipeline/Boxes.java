package io.fulmar.agent.pipeline;

import io.fulmar.agent.media.View;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.sync.wire.Found;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Finds objects in a picture. Owned by the pipeline's thread. */
final class Boxes implements Postprocess.Step {
    /** What is too large for any picture; more would be no number. */
    private static final double LARGEST_LOG = 10;

    /** How the SSD papers scale what boxes differ from anchors: 10 for the middle, 5 for the size. */
    private static final double MIDDLE = 10;

    private static final double SIZE = 5;

    private static final Comparator<Candidate> SUREST_FIRST =
            Comparator.comparingDouble(Candidate::score).reversed();

    private final PostprocessSettings.Boxes settings;
    private final List<String> labels;
    private final int rows;
    private final int classes;
    private final int inputHeight;
    private final int inputWidth;
    private final double[] anchors;
    private final float[] best;
    private final double[] row;
    private final List<Candidate> candidates = new ArrayList<>();

    /** A box that may be an object; its edges are parts of the model's input. Immutable. */
    private record Candidate(int index, double score, double left, double top, double right, double bottom) {
        /** What both share, as a part of both together. */
        double overlap(Candidate other) {
            double width = Math.min(right, other.right) - Math.max(left, other.left);
            double height = Math.min(bottom, other.bottom) - Math.max(top, other.top);
            if (width <= 0 || height <= 0) {
                return 0;
            }
            double shared = width * height;
            return shared / (area() + other.area() - shared);
        }

        private double area() {
            return (right - left) * (bottom - top);
        }
    }

    private Boxes(
            PostprocessSettings.Boxes settings,
            List<String> labels,
            int rows,
            int classes,
            int[] input,
            double[] anchors) {
        this.settings = settings;
        this.labels = labels;
        this.rows = rows;
        this.classes = classes;
        this.inputHeight = input[1];
        this.inputWidth = input[2];
        this.anchors = anchors;
        this.best = new float[classes];
        this.row = new double[classes + 1];
    }

    /** @throws PipelineException if the model's outputs are not of that format */
    static Boxes of(String pipeline, PostprocessSettings.Boxes settings, LoadedModel model) {
        OutputShapes shapes = new OutputShapes(pipeline, "boxes", settings.outputs(), model);
        int[] first = shapes.of(0);
        List<String> labels = model.labels();
        return switch (settings.format()) {
            case SSD -> {
                int rows = shapes.elements(0) / 4;
                for (int i = 0; i < 4; i++) {
                    int wanted = i == 0 ? 4 * rows : i == 3 ? 1 : rows;
                    if (first[first.length - 1] != 4 || shapes.elements(i) != wanted) {
                        throw shapes.wrong(i, "boxes [1, n, 4], classes [1, n], scores [1, n] and their number [1]");
                    }
                }
                int classes = labels.isEmpty() ? Limits.CLASSES : labels.size() - settings.labelOffset();
                yield new Boxes(settings, labels, rows, Math.max(1, classes), new int[3], new double[0]);
            }
            case SSD_RAW -> {
                int[] input = shapes.picture();
                double[] anchors = Anchors.of(input[1], input[2]);
                int rows = anchors.length / 4;
                if (shapes.elements(0) != 4 * rows || first[first.length - 1] != 4) {
                    throw shapes.wrong(
                            0,
                            "[1, " + rows + ", 4]: a box for each anchor of SSD with six maps in a picture of "
                                    + input[2] + " x " + input[1]);
                }
                int classes = shapes.elements(1) / rows - 1;
                if (classes < 1 || shapes.elements(1) != rows * (classes + 1)) {
                    throw shapes.wrong(1, "[1, " + rows + ", classes], of which the first is the background");
                }
                yield new Boxes(settings, labels, rows, classes, input, anchors);
            }
            case YOLO_V5, YOLO_V8 -> {
                boolean turned = settings.format() == PostprocessSettings.Boxes.Format.YOLO_V8;
                int extra = turned ? 4 : 5;
                if (first.length != 3 || first[0] != 1 || first[turned ? 1 : 2] <= extra) {
                    throw shapes.wrong(0, turned ? "[1, 4 + classes, n]" : "[1, n, 5 + classes]");
                }
                yield new Boxes(
                        settings,
                        labels,
                        first[turned ? 2 : 1],
                        first[turned ? 1 : 2] - extra,
                        settings.pixels() ? shapes.picture() : new int[] {1, 1, 1},
                        new double[0]);
            }
        };
    }

    /** How many classes there can be. */
    int classes() {
        return classes;
    }

    @Override
    public void apply(Outcome outcome) {
        candidates.clear();
        switch (settings.format()) {
            case SSD -> ssd(outcome);
            case SSD_RAW -> ssdRaw(outcome);
            case YOLO_V5, YOLO_V8 -> yolo(outcome);
        }
        candidates.sort(SUREST_FIRST);
        List<Found.Box> objects = objects(outcome.view());
        Arrays.fill(best, 0);
        for (Found.Box box : objects) {
            best[box.index()] = Math.max(best[box.index()], box.score());
        }
        outcome.scores(best);
        if (objects.isEmpty()) {
            outcome.label(Outcome.NO_CLASS, settings.otherwise());
        } else {
            Found.Box surest = objects.getFirst();
            outcome.label(surest.index(), surest.label().isEmpty() ? null : surest.label());
        }
        outcome.found(new Found(objects, List.of(), List.of()));
    }

    /** Those that no surer one of their class covers. */
    private List<Found.Box> objects(View view) {
        List<Candidate> kept = new ArrayList<>();
        List<Found.Box> objects = new ArrayList<>();
        for (int i = 0; i < candidates.size() && i < Limits.CANDIDATES && objects.size() < settings.max(); i++) {
            Candidate candidate = candidates.get(i);
            boolean merged = settings.format() == PostprocessSettings.Boxes.Format.SSD;
            if (!merged && kept.stream().anyMatch(it -> covers(it, candidate))) {
                continue;
            }
            kept.add(candidate);
            double left = Math.clamp(view.x(candidate.left()), 0, 1);
            double top = Math.clamp(view.y(candidate.top()), 0, 1);
            double right = Math.clamp(view.x(candidate.right()), 0, 1);
            double bottom = Math.clamp(view.y(candidate.bottom()), 0, 1);
            if (right > left && bottom > top) {
                objects.add(new Found.Box(
                        label(candidate.index()),
                        candidate.index(),
                        (float) candidate.score(),
                        (float) left,
                        (float) top,
                        (float) (right - left),
                        (float) (bottom - top)));
            }
        }
        return objects;
    }

    private boolean covers(Candidate surer, Candidate candidate) {
        return surer.index() == candidate.index() && surer.overlap(candidate) > settings.iou();
    }

    private String label(int index) {
        int line = index + settings.labelOffset();
        return line >= 0 && line < labels.size() ? labels.get(line) : "";
    }

    private void add(int index, double score, double left, double top, double right, double bottom) {
        boolean wanted = settings.only().isEmpty() || settings.only().contains(label(index));
        if (score >= settings.min() && index >= 0 && index < classes && wanted) {
            candidates.add(new Candidate(index, score, left, top, right, bottom));
        }
    }

    private void ssd(Outcome outcome) {
        float[] boxes = output(outcome, 0);
        int count = Math.clamp(Math.round(output(outcome, 3)[0]), 0, rows);
        for (int i = 0; i < count; i++) {
            add(
                    Math.round(output(outcome, 1)[i]),
                    output(outcome, 2)[i],
                    boxes[4 * i + 1],
                    boxes[4 * i],
                    boxes[4 * i + 3],
                    boxes[4 * i + 2]);
        }
    }

    private void ssdRaw(Outcome outcome) {
        float[] boxes = output(outcome, 0);
        float[] scores = output(outcome, 1);
        for (int i = 0; i < rows; i++) {
            int from = i * (classes + 1);
            for (int c = 0; c <= classes; c++) {
                row[c] = scores[from + c];
            }
            int surest = surest(1, classes + 1);
            int at = 4 * i;
            double y = boxes[at] / MIDDLE * anchors[at + 2] + anchors[at];
            double x = boxes[at + 1] / MIDDLE * anchors[at + 3] + anchors[at + 1];
            double height = Math.exp(Math.min(LARGEST_LOG, boxes[at + 2] / SIZE)) * anchors[at + 2];
            double width = Math.exp(Math.min(LARGEST_LOG, boxes[at + 3] / SIZE)) * anchors[at + 3];
            around(surest - 1, row[surest], x, y, width, height);
        }
    }

    private void yolo(Outcome outcome) {
        float[] values = output(outcome, 0);
        boolean turned = settings.format() == PostprocessSettings.Boxes.Format.YOLO_V8;
        int extra = turned ? 4 : 5;
        for (int i = 0; i < rows; i++) {
            int from = turned ? i : i * (classes + extra);
            int step = turned ? rows : 1;
            for (int c = 0; c < classes; c++) {
                row[c] = values[from + (extra + c) * step];
            }
            int surest = surest(0, classes);
            around(
                    surest,
                    turned ? row[surest] : row[surest] * values[from + 4],
                    values[from] / inputWidth,
                    values[from + step] / inputHeight,
                    values[from + 2 * step] / inputWidth,
                    values[from + 3 * step] / inputHeight);
        }
    }

    private void around(int index, double score, double x, double y, double width, double height) {
        add(index, score, x - width / 2, y - height / 2, x + width / 2, y + height / 2);
    }

    /** Which class of the row has the best score, after what makes scores of its numbers. */
    private int surest(int first, int end) {
        int surest = first;
        for (int c = first; c < end; c++) {
            surest = row[c] > row[surest] ? c : surest;
        }
        switch (settings.scores()) {
            case PLAIN -> {}
            case SIGMOID -> row[surest] = 1 / (1 + Math.exp(-row[surest]));
            case SOFTMAX -> {
                double sum = 0;
                for (int c = 0; c < end; c++) {
                    sum += Math.exp(row[c] - row[surest]);
                }
                row[surest] = 1 / sum;
            }
        }
        return surest;
    }

    private float[] output(Outcome outcome, int number) {
        return outcome.output(settings.outputs().get(number));
    }
}
