package io.fulmar.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a model's package says of the steps around the model, with the names and keys of a pipeline's. Immutable. */
public sealed interface Processing {
    /** The steps. Immutable. */
    record Steps(List<PreprocessSettings> preprocess, List<PostprocessSettings> postprocess) implements Processing {
        /** None before the model and none after it. */
        public static final Steps NONE = new Steps(List.of(), List.of());

        public Steps {
            preprocess = List.copyOf(preprocess);
            postprocess = List.copyOf(postprocess);
        }
    }

    /** It is no such thing, and this is why. Immutable. */
    record Wrong(List<Problem> problems) implements Processing {
        public Wrong {
            problems = List.copyOf(problems);
        }
    }

    /**
     * The steps in a TOML text; what else it says is not looked at.
     *
     * @param name how problems call it
     */
    static Processing ofToml(String name, String toml) {
        Problems problems = new Problems();
        Node.Table document = TomlDocument.parse(origin(name), toml, problems);
        return document == null ? new Wrong(problems.inOrder()) : bound(document, problems);
    }

    /**
     * The steps as JSON says them: texts, whole numbers, other numbers, booleans, and lists of those.
     *
     * @param name how problems call it
     */
    static Processing of(
            String name,
            List<? extends Map<String, ? extends @Nullable Object>> preprocess,
            List<? extends Map<String, ? extends @Nullable Object>> postprocess) {
        Problems problems = new Problems();
        Place place = Place.startOf(origin(name));
        Node.Table root = Node.Table.empty(place);
        Map<String, List<? extends Map<String, ? extends @Nullable Object>>> said = new LinkedHashMap<>();
        said.put("preprocess", preprocess);
        said.put("postprocess", postprocess);
        said.forEach((key, steps) -> {
            Node node = Nodes.of(place, key, new ArrayList<>(steps), problems);
            if (node != null) {
                root.entries().put(key, node);
            }
        });
        return problems.none() ? bound(root, problems) : new Wrong(problems.inOrder());
    }

    private static Processing bound(Node.Table table, Problems problems) {
        TableReader reader = TableReader.root(problems, table);
        Steps steps = new Steps(PreprocessBinder.steps(reader), PostprocessBinder.steps(reader, null));
        return problems.none() ? steps : new Wrong(problems.inOrder());
    }

    private static Origin origin(String name) {
        return new Origin(Layer.FILE, 0, name, Path.of("/"));
    }
}
