package io.fulmar.sync.mqtt;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A topic filter as MQTT defines it, with + and # and shared subscriptions. Immutable. */
record TopicFilter(@Nullable String group, List<String> levels) {
    static TopicFilter parse(String text) {
        if (text.startsWith("$share/")) {
            int end = text.indexOf('/', "$share/".length());
            return new TopicFilter(text.substring(0, end), split(text.substring(end + 1)));
        }
        return new TopicFilter(null, split(text));
    }

    private static List<String> split(String topic) {
        return List.of(topic.split("/", -1));
    }

    boolean matches(String topic) {
        List<String> names = split(topic);
        if (topic.startsWith("$")
                && (levels.getFirst().equals("+") || levels.getFirst().equals("#"))) {
            return false;
        }
        for (int i = 0; i < levels.size(); i++) {
            if (levels.get(i).equals("#")) {
                return true;
            }
            if (i >= names.size()
                    || !(levels.get(i).equals("+") || levels.get(i).equals(names.get(i)))) {
                return false;
            }
        }
        return names.size() == levels.size();
    }
}
