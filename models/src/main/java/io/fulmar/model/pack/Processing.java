package io.fulmar.model.pack;

import io.fulmar.model.json.Json;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * The steps before and after a model, as whoever made it wrote them. What they mean, the agent knows that runs them; here it is
 * certain only that each names its {@code type}, and that all values are texts, numbers, true or false, and lists of those.
 * Immutable.
 *
 * @param preprocess from what a device sees to the model's input
 * @param postprocess from the model's output to what is made of it
 */
public record Processing(List<Map<String, Object>> preprocess, List<Map<String, Object>> postprocess) {
    /** None. */
    public static final Processing NONE = new Processing(List.of(), List.of());

    static final String KEY_FORM = "[a-z][a-z0-9_]{0,63}";
    static final String TYPE_FORM = "[a-z][a-z0-9-]{0,63}";

    private static final Pattern KEY = Pattern.compile(KEY_FORM);
    private static final Pattern TYPE = Pattern.compile(TYPE_FORM);

    public Processing {
        preprocess = steps("preprocess", preprocess);
        postprocess = steps("postprocess", postprocess);
    }

    /** The types of all steps on one line: {@code resize, pixels, model, softmax}; just {@code model} where there are none. */
    public String text() {
        List<String> types = new ArrayList<>();
        preprocess.forEach(step -> types.add(String.valueOf(step.get("type"))));
        types.add("model");
        postprocess.forEach(step -> types.add(String.valueOf(step.get("type"))));
        return String.join(", ", types);
    }

    private static List<Map<String, Object>> steps(String what, List<Map<String, Object>> steps) {
        if (steps.size() > Limits.STEPS) {
            throw ModelManifest.malformed(
                    "there are " + steps.size() + " steps in " + what + ", more than " + Limits.STEPS);
        }
        List<Map<String, Object>> copies = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            copies.add(step("step " + (i + 1) + " of " + what, steps.get(i)));
        }
        return List.copyOf(copies);
    }

    private static Map<String, Object> step(String what, Map<String, Object> step) {
        if (!(step.get("type") instanceof String type) || !TYPE.matcher(type).matches()) {
            throw ModelManifest.malformed(what + " has no type");
        }
        Map<String, Object> copy = new LinkedHashMap<>();
        step.forEach((key, value) -> {
            if (!KEY.matcher(key).matches()) {
                throw ModelManifest.malformed(what + " has the key '" + Json.oneLine(key) + "'");
            }
            copy.put(key, value(what + ", " + key + ",", value, true));
        });
        return Collections.unmodifiableMap(copy);
    }

    private static Object value(String what, Object value, boolean mayBeList) {
        return switch (value) {
            case String text when text.length() <= Limits.TEXT_CHARS -> text;
            case Long number -> number;
            case Double number when Double.isFinite(number) -> number;
            case Boolean flag -> flag;
            case List<?> list
            when mayBeList && list.size() <= Limits.LIST_ENTRIES ->
                list.stream().map(entry -> value(what, entry, false)).toList();
            default ->
                throw ModelManifest.malformed(what + " is no text of at most " + Limits.TEXT_CHARS
                        + " characters, no number, neither true nor false, and no list of at most "
                        + Limits.LIST_ENTRIES + " of those");
        };
    }
}
