package io.fulmar.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The JSON Schema of a device's file, made of what the loader says that it takes and of what the documentation says that it
 * means. Owned by the one test that builds it.
 */
final class SchemaText {
    private static final Pattern SEGMENT = Pattern.compile("([a-z_]+)(?:\\(([a-z0-9-]+)\\))?");

    /** Their defaults depend on other keys, so that no editor can know them. */
    private static final Set<String> NO_DEFAULT = Set.of("hop", "match");

    private final JsonMapper json = JsonMapper.builder().build();
    private final String page;

    /** A key, and in a table the keys below it: those of every table of its kind, and those of one type. */
    private record Key(String path, KeySpec spec, Map<String, Key> below, Map<String, Map<String, Key>> ofType) {
        static Key of(String path, KeySpec spec) {
            return new Key(path, spec, new LinkedHashMap<>(), new LinkedHashMap<>());
        }
    }

    private SchemaText(String page) {
        this.page = page;
    }

    static String of(Map<String, KeySpec> keys, String page) {
        return new SchemaText(page).text(keys);
    }

    private String text(Map<String, KeySpec> keys) {
        Key root = Key.of("", KeySpec.of(KeySpec.Kind.TABLE));
        keys.forEach((path, spec) -> insert(root, path, spec));
        ObjectNode schema = json.createObjectNode();
        schema.put("$schema", "https://json-schema.org/draft/2020-12/schema");
        schema.put("title", "Fulmar device");
        schema.put("description", "The TOML file of one device; see docs/configuration.md.");
        schema.setAll(table(root));
        return json.writerWithDefaultPrettyPrinter().writeValueAsString(schema) + "\n";
    }

    private static void insert(Key root, String path, KeySpec spec) {
        Map<String, Key> at = root.below();
        Key key = root;
        int from = 0;
        for (String segment : path.split("\\.", -1)) {
            Matcher matcher = SEGMENT.matcher(segment);
            if (!matcher.matches()) {
                throw new IllegalArgumentException(path);
            }
            from += segment.length() + 1;
            String prefix = path.substring(0, from - 1);
            key = at.computeIfAbsent(matcher.group(1), name -> Key.of(prefix, spec));
            String type = matcher.group(2);
            at = type == null ? key.below() : key.ofType().computeIfAbsent(type, name -> new LinkedHashMap<>());
        }
    }

    private ObjectNode table(Key table) {
        Key type = table.below().get("type");
        if (type == null) {
            return object(json.createObjectNode().put("type", "object"), table.below(), null, "");
        }
        ObjectNode schema = json.createObjectNode().put("type", "object");
        schema.putArray("required").add("type");
        ArrayNode oneOf = schema.putArray("oneOf");
        for (String choice : type.spec().choices()) {
            oneOf.add(object(
                    json.createObjectNode().put("title", choice),
                    table.ofType().getOrDefault(choice, Map.of()),
                    choice,
                    description(type.path())));
        }
        return schema;
    }

    private ObjectNode object(ObjectNode schema, Map<String, Key> keys, @Nullable String type, String what) {
        ObjectNode properties = schema.putObject("properties");
        ArrayNode required = json.createArrayNode();
        if (type != null) {
            properties.putObject("type").put("const", type).put("description", what);
            required.add("type");
        }
        keys.forEach((name, key) -> {
            properties.set(name, key(name, key));
            if (needed(key)) {
                required.add(name);
            }
        });
        if (!required.isEmpty()) {
            schema.set("required", required);
        }
        return schema.put("additionalProperties", false);
    }

    private static boolean needed(Key key) {
        return key.spec().needed()
                || (key.spec().kind() == KeySpec.Kind.TABLE
                        && key.below().values().stream().anyMatch(SchemaText::needed));
    }

    private ObjectNode key(String name, Key key) {
        KeySpec spec = key.spec();
        ObjectNode schema = switch (spec.kind()) {
            case TABLE -> table(key);
            case TABLES -> array(spec, table(key));
            case NAME -> name();
            case NAMES -> array(spec, name()).put("uniqueItems", true);
            case TEXT -> string();
            case TEXTS -> array(spec, string());
            case CHOICE -> choice(spec);
            case CHOICES -> array(spec, choice(spec));
            case INTEGER -> range(spec, "integer");
            case NUMBER -> range(spec, "number");
            case NUMBERS -> numbers(spec);
            case FLAG -> json.createObjectNode().put("type", "boolean");
            case DURATION -> json.createObjectNode().put("type", "string").put("pattern", "^[0-9]+(ms|s|m|h|d)$");
            case SIZE ->
                json.createObjectNode().put("type", "string").put("pattern", "^[0-9]+(B|kB|MB|GB|TB|KiB|MiB|GiB|TiB)$");
            case UNKNOWN -> throw new IllegalStateException(key.path() + " is asked for and never read");
        };
        String range = spec.kind() == KeySpec.Kind.DURATION || spec.kind() == KeySpec.Kind.SIZE
                ? "; " + spec.min() + " to " + spec.max()
                : "";
        schema.put("description", description(key.path()) + range);
        if (spec.fallback() != null && !NO_DEFAULT.contains(name)) {
            schema.set("default", json.readTree(spec.fallback()));
        }
        return schema;
    }

    private ObjectNode name() {
        return json.createObjectNode().put("type", "string").put("pattern", "^" + TableReader.NAME.pattern() + "$");
    }

    private ObjectNode string() {
        return json.createObjectNode().put("type", "string").put("minLength", 1).put("maxLength", Limits.TEXT_CHARS);
    }

    private ObjectNode choice(KeySpec spec) {
        ObjectNode schema = json.createObjectNode();
        spec.choices().forEach(schema.putArray("enum")::add);
        return schema;
    }

    private ObjectNode array(KeySpec spec, ObjectNode items) {
        ObjectNode schema = json.createObjectNode().put("type", "array");
        if (spec.min() != null && !spec.min().equals("0")) {
            schema.set("minItems", number(spec.min()));
        }
        schema.set("maxItems", number(spec.max() == null ? Integer.toString(Limits.VALUES) : spec.max()));
        schema.set("items", items);
        return schema;
    }

    private ObjectNode range(KeySpec spec, String type) {
        return limited(json.createObjectNode().put("type", type), spec);
    }

    private ObjectNode numbers(KeySpec spec) {
        ObjectNode schema = json.createObjectNode();
        List.of("number", "array").forEach(schema.putArray("type")::add);
        limited(schema, spec).put("maxItems", Limits.VALUES);
        schema.set("items", range(spec, "number"));
        return schema;
    }

    private ObjectNode limited(ObjectNode schema, KeySpec spec) {
        schema.set("minimum", number(spec.min()));
        schema.set("maximum", number(spec.max()));
        return schema;
    }

    private JsonNode number(@Nullable String text) {
        return json.readTree(String.valueOf(text));
    }

    /** What the documentation says of a key, without its marks. */
    private String description(String path) {
        int dot = path.lastIndexOf('.');
        String section = DocumentationTest.section(page, dot < 0 ? "" : path.substring(0, dot));
        String start = "| `" + path.substring(dot + 1) + "` |";
        return section.lines()
                .filter(line -> line.startsWith(start))
                .map(line -> line.substring(line.indexOf('|', start.length()) + 1, line.lastIndexOf('|')))
                .map(text -> text.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1")
                        .replace("`", "")
                        .strip())
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(path + " is not documented"));
    }
}
