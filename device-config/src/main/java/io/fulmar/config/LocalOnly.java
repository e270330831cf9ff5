package io.fulmar.config;

import java.util.List;

/**
 * What only the device's own files may say: who it is, where it keeps its state, how much of it, whom it trusts, who may
 * call it, what is wired to it, and what its secrets are. Whoever may send a configuration could otherwise take the device over or read its files. Immutable.
 */
final class LocalOnly {
    private static final List<List<String>> KEYS = List.of(
            List.of("device", "id"),
            List.of("device", "board"),
            List.of("state"),
            List.of("outbox"),
            List.of("trust"),
            List.of("api"),
            List.of("hardware"),
            List.of("mqtt", "password"),
            List.of("mqtt", "password_file"),
            List.of("mqtt", "tls"));

    private LocalOnly() {}

    /** Takes such keys out of what the fleet sent and reports each. */
    static void strip(Node.Table remote, Problems problems) {
        for (List<String> key : KEYS) {
            Node.Table parent = remote;
            for (String part : key.subList(0, key.size() - 1)) {
                parent = parent.entries().get(part) instanceof Node.Table inner
                        ? inner
                        : Node.Table.empty(remote.place());
            }
            Node node = parent.entries().remove(key.getLast());
            if (node != null) {
                report(node, String.join(".", key), problems);
            }
        }
    }

    private static void report(Node node, String key, Problems problems) {
        if (node instanceof Node.Table table && !table.entries().isEmpty()) {
            table.entries().forEach((inner, value) -> report(value, key + "." + inner, problems));
        } else {
            problems.add(node.place(), key, "can only be said by the device's own file");
        }
    }
}
