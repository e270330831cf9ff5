package io.fulmar.sync.wire;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a model found in one frame, where it does more than to classify it.
 *
 * @param objects the surest first
 * @param keypoints of one body, in the model's order
 *     <p>Immutable.
 */
public record Found(List<Box> objects, List<Keypoint> keypoints, List<Quantity> quantities) {
    public static final Found NOTHING = new Found(List.of(), List.of(), List.of());

    /**
     * An object in a picture; its edges are parts of the picture's, from 0 to 1.
     *
     * @param label of its class; empty where that has no name
     *     <p>Immutable.
     */
    public record Box(String label, int index, float score, float left, float top, float width, float height) {}

    /** A point of a body; {@code x} and {@code y} are parts of the picture's width and height. Immutable. */
    public record Keypoint(String name, float x, float y, float score) {}

    /** A number that the model estimates. Immutable. */
    public record Quantity(String name, float value, String unit) {}

    public Found {
        objects = List.copyOf(objects);
        keypoints = List.copyOf(keypoints);
        quantities = List.copyOf(quantities);
    }

    public boolean isNothing() {
        return objects.isEmpty() && keypoints.isEmpty() && quantities.isEmpty();
    }

    /** The same for {@link JsonText}; lists that are empty are left out. */
    public Map<String, Object> properties() {
        Map<String, Object> json = new LinkedHashMap<>();
        List<Object> boxes = new ArrayList<>();
        for (Box box : objects) {
            boxes.add(properties(
                    List.of("label", "index", "score", "box"),
                    List.of(
                            box.label(),
                            box.index(),
                            box.score(),
                            List.of(box.left(), box.top(), box.width(), box.height()))));
        }
        List<Object> points = new ArrayList<>();
        for (Keypoint point : keypoints) {
            points.add(properties(
                    List.of("name", "x", "y", "score"), List.of(point.name(), point.x(), point.y(), point.score())));
        }
        List<Object> numbers = new ArrayList<>();
        for (Quantity quantity : quantities) {
            numbers.add(properties(
                    List.of("name", "value", "unit"), List.of(quantity.name(), quantity.value(), quantity.unit())));
        }
        json.put("objects", boxes);
        json.put("keypoints", points);
        json.put("quantities", numbers);
        json.values().removeIf(list -> ((List<?>) list).isEmpty());
        return json;
    }

    private static Map<String, Object> properties(List<String> names, List<?> values) {
        Map<String, Object> properties = new LinkedHashMap<>();
        for (int i = 0; i < names.size(); i++) {
            properties.put(names.get(i), values.get(i));
        }
        return properties;
    }
}
