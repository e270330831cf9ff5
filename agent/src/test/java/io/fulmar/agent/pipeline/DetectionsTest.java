package io.fulmar.agent.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.agent.Golden;
import io.fulmar.agent.io.Content;
import io.fulmar.agent.media.Resize;
import io.fulmar.agent.media.View;
import io.fulmar.config.PostprocessSettings;
import io.fulmar.config.PostprocessSettings.Boxes.Format;
import io.fulmar.config.PostprocessSettings.Boxes.Scores;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.sync.wire.Found;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is found in a picture, as NumPy and TensorFlow's own operator find it. */
class DetectionsTest {
    private static final List<String> LABELS = List.of("person", "dog", "cup");
    private static final int[] SSD_PICTURE = {1, 96, 96, 3};
    private static final double CLOSE = 1e-5;

    @Test
    void anchorsAreThoseOfTheObjectDetectionApi() {
        float[] expected = Golden.floats("detections/ssd-anchors");

        double[] anchors = Anchors.of(96, 96);

        assertThat(anchors).hasSize(expected.length);
        for (int i = 0; i < anchors.length; i++) {
            assertThat(anchors[i]).isEqualTo(expected[i], within(1e-6));
        }
        assertThat(Anchors.of(300, 300)).hasSize(4 * 1917);
    }

    @Test
    void boxesOfSsdAreThoseOfNumpy() {
        float[] encodings = Golden.floats("detections/ssd-encodings");
        float[] logits = Golden.floats("detections/ssd-logits");
        LoadedModel model = SliceModel.open(
                LABELS, SSD_PICTURE, new int[] {1, encodings.length / 4, 4}, new int[] {1, logits.length / 4, 4});

        Single.Judgement judged =
                judge(model, boxes(Format.SSD_RAW, 0.4, 0.5, Scores.SIGMOID, false), encodings, logits);

        requireSame(judged, "ssd-found");
    }

    /** The operator is of another hand, and stands at the end of most SSD models. */
    @Test
    void theOperatorAtTheEndOfAModelAndItsRawOutputsGiveTheSameObjects() {
        float[] encodings = Golden.floats("detections/ssd-encodings");
        float[] logits = Golden.floats("detections/ssd-logits");
        int rows = encodings.length / 4;
        float[] scores = new float[2 * rows];
        for (int i = 0; i < rows; i++) {
            scores[2 * i + 1] = (float) (1 / (1 + Math.exp(-logits[4 * i + 1])));
        }
        LoadedModel raw = SliceModel.open(LABELS, SSD_PICTURE, new int[] {1, rows, 4}, new int[] {1, rows, 2});
        LoadedModel whole = SliceModel.detecting(LABELS, SSD_PICTURE, Anchors.of(96, 96), 0.3, 0.5);

        List<Found.Box> ours = judge(raw, boxes(Format.SSD_RAW, 0.3, 0.5, Scores.PLAIN, false), encodings, scores)
                .found()
                .objects();
        List<Found.Box> theirs = judge(whole, boxes(Format.SSD, 0.3, 0.5, Scores.PLAIN, false), encodings, scores)
                .found()
                .objects();

        assertThat(ours).hasSizeGreaterThan(5).hasSameSizeAs(theirs);
        for (int i = 0; i < ours.size(); i++) {
            requireSame(ours.get(i), theirs.get(i));
        }
    }

    @Test
    void boxesOfYoloAreThoseOfNumpy() {
        requireSame(
                judge(
                        yolo(),
                        boxes(Format.YOLO_V5, 0.3, 0.45, Scores.PLAIN, false),
                        Golden.floats("detections/yolo-v5")),
                "yolo-v5-found");

        LoadedModel eight = SliceModel.open(LABELS, new int[] {1, 64, 64, 3}, new int[] {1, 7, 100});
        requireSame(
                judge(eight, boxes(Format.YOLO_V8, 0.6, 0.45, Scores.PLAIN, true), Golden.floats("detections/yolo-v8")),
                "yolo-v8-found");
    }

    @Test
    void onlyTheWantedClassesCountAndNothingHasAName() {
        float[] rows = Golden.floats("detections/yolo-v5");

        Single.Judgement cups = judge(
                yolo(),
                new PostprocessSettings.Boxes(
                        Format.YOLO_V5, List.of(0), 0.3, 0.45, 2, 0, List.of("cup"), Scores.PLAIN, false, "none"),
                rows);
        assertThat(cups.label()).isEqualTo("cup");
        assertThat(cups.found().objects())
                .hasSize(2)
                .allMatch(box -> box.label().equals("cup"));

        Single.Judgement none = judge(yolo(), boxes(Format.YOLO_V5, 1, 0.45, Scores.PLAIN, false), rows);
        assertThat(none.label()).isEqualTo("nothing");
        assertThat(none.index()).isEqualTo(-1);
        assertThat(none.found().isNothing()).isTrue();
    }

    private static LoadedModel yolo() {
        return SliceModel.open(LABELS, new int[] {1, 16, 17, 3}, new int[] {1, 100, 8});
    }

    /** A model sees a picture of 200 x 100 with borders above and below, or only its middle. */
    @Test
    void whatIsFoundLiesWhereItIsInThePictureAsItWas() {
        View bordered = view(Resize.Fit.LETTERBOX);
        assertThat(bordered.x(0.25)).isEqualTo(0.25, within(CLOSE));
        assertThat(bordered.y(0.25)).isEqualTo(0, within(CLOSE));
        assertThat(bordered.y(0.5)).isEqualTo(0.5, within(CLOSE));
        View cropped = view(Resize.Fit.CROP);
        assertThat(cropped.x(0)).isEqualTo(0.25, within(CLOSE));
        assertThat(cropped.x(1)).isEqualTo(0.75, within(CLOSE));
        assertThat(cropped.y(1)).isEqualTo(1, within(CLOSE));
        assertThat(cropped.within(bordered).x(0)).isEqualTo(0.25, within(CLOSE));

        LoadedModel model = SliceModel.open(LABELS, new int[] {1, 4, 4, 1}, new int[] {1, 1, 8});
        Postprocess postprocess = Postprocess.of(
                "door", List.of(boxes(Format.YOLO_V5, 0.3, 0.45, Scores.PLAIN, false)), model, new int[] {8});
        float[] row = {0.5f, 0.3f, 0.5f, 0.2f, 1, 0, 0.9f, 0};
        Found.Box box =
                postprocess.apply(List.of(row), bordered).found().objects().getFirst();
        model.interpreter().close();

        requireSame(box, new Found.Box("dog", 1, 0.9f, 0.25f, 0, 0.5f, 0.3f));
    }

    private static View view(Resize.Fit fit) {
        Resize resize = new Resize(64, 64, Resize.Method.NEAREST, fit, new int[] {0, 0, 0});
        resize.apply(new Content.Image(200, 100, new byte[3 * 200 * 100]));
        return resize.view();
    }

    @Test
    void pointsOfHeatMapsAreThoseOfNumpy() {
        LoadedModel model =
                SliceModel.open(List.of(), new int[] {1, 49, 65, 3}, new int[] {1, 4, 5, 5}, new int[] {1, 4, 5, 10});
        PostprocessSettings.Keypoints settings = new PostprocessSettings.Keypoints(
                PostprocessSettings.Keypoints.Form.HEATMAPS,
                List.of(0, 1),
                true,
                List.of("nose", "left eye", "right eye", "left ear", "right ear"),
                0.3,
                "pose",
                "nobody");

        Single.Judgement judged =
                judge(model, settings, Golden.floats("detections/heatmaps"), Golden.floats("detections/offsets"));

        float[] expected = Golden.floats("detections/heatmaps-found");
        List<Found.Keypoint> points = judged.found().keypoints();
        assertThat(points).hasSize(5);
        for (int i = 0; i < 5; i++) {
            assertThat(points.get(i).x()).isEqualTo(expected[3 * i], within(1e-5f));
            assertThat(points.get(i).y()).isEqualTo(expected[3 * i + 1], within(1e-5f));
            assertThat(points.get(i).score()).isEqualTo(expected[3 * i + 2], within(1e-5f));
        }
        assertThat(judged.label()).isEqualTo("pose");
        assertThat(points.get(4).name()).isEqualTo("right ear");
    }

    @Test
    void pointsWithCoordinatesAreTakenAsTheyAre() {
        float[] rows = new float[51];
        for (int i = 0; i < 17; i++) {
            rows[3 * i] = i / 20f;
            rows[3 * i + 1] = i / 40f;
            rows[3 * i + 2] = i < 8 ? 0.9f : 0.1f;
        }
        LoadedModel model = SliceModel.open(List.of(), new int[] {1, 17, 1, 3}, new int[] {1, 1, 17, 3});

        Single.Judgement judged = judge(model, coordinates(0.3), rows);
        assertThat(judged.found().keypoints())
                .hasSize(17)
                .contains(new Found.Keypoint("4", 4 / 40f, 4 / 20f, 0.9f))
                .contains(new Found.Keypoint("16", 16 / 40f, 16 / 20f, 0.1f));

        LoadedModel again = SliceModel.open(List.of(), new int[] {1, 17, 1, 3}, new int[] {1, 1, 17, 3});
        Single.Judgement nobody = judge(again, coordinates(0.6), rows);
        assertThat(nobody.label()).isEqualTo("nobody");
        assertThat(nobody.found().isNothing()).isTrue();
    }

    private static PostprocessSettings.Keypoints coordinates(double min) {
        return new PostprocessSettings.Keypoints(
                PostprocessSettings.Keypoints.Form.COORDINATES, List.of(0), false, List.of(), min, "pose", "nobody");
    }

    @Test
    void numbersHaveNamesAndUnitsAndMayBeTooLowOrTooHigh() {
        PostprocessSettings.Regression settings = new PostprocessSettings.Regression(
                List.of("temperature", "wear"),
                List.of("°C", "mm"),
                List.of(100.0, 1.0),
                List.of(-20.0, 0.0),
                List.of(-10.0),
                List.of(60.0, 0.5));

        Single.Judgement normal = quantities(settings, 0.5f, 0.25f);
        assertThat(normal.label()).isEqualTo("normal");
        assertThat(normal.found().quantities())
                .containsExactly(new Found.Quantity("temperature", 30, "°C"), new Found.Quantity("wear", 0.25f, "mm"));
        assertThat(quantities(settings, 0.05f, 0.75f).label()).isEqualTo("temperature low");
        assertThat(quantities(settings, 0.5f, 0.75f).label()).isEqualTo("wear high");

        Single.Judgement plain = quantities(
                new PostprocessSettings.Regression(
                        List.of("a", "b"), List.of(), List.of(), List.of(), List.of(), List.of()),
                1,
                2);
        assertThat(plain.label()).isNull();
        assertThat(plain.found().quantities())
                .containsExactly(new Found.Quantity("a", 1, ""), new Found.Quantity("b", 2, ""));
    }

    private static Single.Judgement quantities(PostprocessSettings.Regression settings, float... numbers) {
        return judge(ScaleModel.open(2, 1, List.of()), settings, numbers);
    }

    @Test
    void outputsThatDoNotFitAreRefusedAndSayWhy() {
        assertThatThrownBy(() -> judge(yolo(), boxes(Format.SSD, 0.5, 0.5, Scores.PLAIN, false)))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("takes output 1 of model slices, which has 1");
        LoadedModel ssd = SliceModel.open(LABELS, SSD_PICTURE, new int[] {1, 100, 4}, new int[] {1, 100, 4});
        assertThatThrownBy(() -> judge(ssd, boxes(Format.SSD_RAW, 0.5, 0.5, Scores.PLAIN, false)))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("[1, 100, 4]")
                .hasMessageContaining("[1, 204, 4]");
        LoadedModel two = ScaleModel.open(2, 1, List.of());
        assertThatThrownBy(() -> judge(
                        two,
                        new PostprocessSettings.Regression(
                                List.of("a"), List.of(), List.of(), List.of(), List.of(), List.of())))
                .isInstanceOf(PipelineException.class)
                .hasMessageContaining("gives 2 numbers, and names of the step regression has 1");
    }

    private static PostprocessSettings.Boxes boxes(
            Format format, double min, double iou, Scores scores, boolean pixels) {
        List<Integer> outputs = switch (format) {
            case SSD -> List.of(0, 1, 2, 3);
            case SSD_RAW -> List.of(0, 1);
            case YOLO_V5, YOLO_V8 -> List.of(0);
        };
        return new PostprocessSettings.Boxes(format, outputs, min, iou, 20, 0, List.of(), scores, pixels, "nothing");
    }

    private static Single.Judgement judge(LoadedModel model, PostprocessSettings settings, float[]... parts) {
        try (Interpreter interpreter = model.interpreter();
                Breadcrumbs.Slot crumb = Breadcrumbs.none().slot("test")) {
            float[] input = new float[interpreter.input(0).elements()];
            int at = 0;
            for (float[] part : parts) {
                System.arraycopy(part, 0, input, at, part.length);
                at += part.length;
            }
            return Single.judge("door", List.of(), List.of(settings), model, crumb, new Content.Values(input));
        }
    }

    private static void requireSame(Single.Judgement judged, String golden) {
        float[] expected = Golden.floats("detections/" + golden);
        List<Found.Box> objects = judged.found().objects();
        assertThat(objects).hasSize(expected.length / 6);
        for (int i = 0; i < objects.size(); i++) {
            int at = 6 * i;
            int index = (int) expected[at];
            requireSame(
                    objects.get(i),
                    new Found.Box(
                            LABELS.get(index),
                            index,
                            expected[at + 1],
                            expected[at + 2],
                            expected[at + 3],
                            expected[at + 4],
                            expected[at + 5]));
        }
        assertThat(judged.label()).isEqualTo(objects.getFirst().label());
        assertThat(judged.score()).isEqualTo(objects.getFirst().score());
    }

    private static void requireSame(Found.Box box, Found.Box expected) {
        assertThat(box.label()).isEqualTo(expected.label());
        assertThat(box.index()).isEqualTo(expected.index());
        assertThat(new double[] {box.score(), box.left(), box.top(), box.width(), box.height()})
                .containsExactly(
                        new double[] {
                            expected.score(), expected.left(), expected.top(), expected.width(), expected.height()
                        },
                        within(CLOSE));
    }
}
