package io.fulmar.cli.fleet;

import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.WireException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a model found, in a few words: how many objects of which label, how many key points, which quantities. Stateless. */
final class FoundText {
    private FoundText() {}

    /** The words for that JSON; the JSON itself where it is of a form that this program does not know. */
    static String of(String json) {
        try {
            Map<String, @Nullable Object> found = JsonText.read(json);
            List<String> words = new ArrayList<>();
            Map<String, Integer> labels = new LinkedHashMap<>();
            for (Map<?, ?> box : each(found.get("objects"))) {
                String label = String.valueOf(box.get("label"));
                labels.merge(label.isEmpty() ? "class " + box.get("index") : label, 1, Integer::sum);
            }
            labels.forEach((label, count) -> words.add(count + " " + label));
            int points = each(found.get("keypoints")).size();
            if (points > 0) {
                words.add(points + " key points");
            }
            for (Map<?, ?> number : each(found.get("quantities"))) {
                words.add(quantity(number));
            }
            return words.isEmpty() ? json : String.join(", ", words);
        } catch (WireException e) {
            return json;
        }
    }

    private static String quantity(Map<?, ?> number) {
        String unit = String.valueOf(number.get("unit"));
        String value = number.get("value") instanceof Number it
                ? String.format(Locale.ROOT, "%.3f", it.doubleValue())
                : String.valueOf(number.get("value"));
        return number.get("name") + " " + value + (unit.isEmpty() || unit.equals("1") ? "" : " " + unit);
    }

    private static List<Map<?, ?>> each(@Nullable Object list) {
        List<Map<?, ?>> objects = new ArrayList<>();
        if (list instanceof List<?> items) {
            for (Object item : items) {
                if (item instanceof Map<?, ?> object) {
                    objects.add(object);
                }
            }
        }
        return objects;
    }
}
