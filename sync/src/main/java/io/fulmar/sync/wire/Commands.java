package io.fulmar.sync.wire;

import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Commands and their answers as JSON that a person can write and read by hand. Unlike the other messages a command is
 * read strictly: what a device does not understand it must not carry out, so an unknown property makes it malformed.
 * Thread-safe.
 */
public final class Commands {
    private static final Set<String> PROPERTIES =
            Set.of("id", "type", "args", "notBefore", "expires", "device", "group");

    private Commands() {}

    /** Whether a command may have this id. */
    public static boolean isId(String id) {
        return Topics.isDeviceId(id);
    }

    /** The bytes of the command; exactly these are signed. */
    public static byte[] encode(Command command) {
        return Json.write(json -> {
            json.writeStringProperty("id", command.id());
            json.writeStringProperty("type", command.type());
            if (!command.args().isEmpty()) {
                json.writeObjectPropertyStart("args");
                JsonText.properties(json, command.args());
                json.writeEndObject();
            }
            if (command.notBeforeMillis() != null) {
                json.writeNumberProperty("notBefore", command.notBeforeMillis());
            }
            if (command.expiresMillis() != null) {
                json.writeNumberProperty("expires", command.expiresMillis());
            }
            if (command.device() != null) {
                json.writeStringProperty("device", command.device());
            }
            if (command.group() != null) {
                json.writeStringProperty("group", command.group());
            }
        });
    }

    /** The command in those bytes, or why there is none. Never throws. */
    public static CommandReading read(byte[] bytes) {
        JsonObject json;
        try {
            json = Json.readLong(bytes);
        } catch (WireException e) {
            return new CommandReading.Malformed(null, null, String.valueOf(e.getMessage()));
        }
        String id = name(json, "id");
        String type = name(json, "type");
        try {
            return new CommandReading.Whole(command(json));
        } catch (WireException e) {
            return new CommandReading.Malformed(id, type, String.valueOf(e.getMessage()));
        }
    }

    private static Command command(JsonObject json) {
        for (String property : json.properties().keySet()) {
            if (!PROPERTIES.contains(property)) {
                throw new WireException("a command has no '" + WireException.shorten(property) + "'");
            }
        }
        return new Command(
                idLike(json, "id", json.text("id")),
                idLike(json, "type", json.text("type")),
                arguments(json),
                timeOrNull(json, "notBefore"),
                timeOrNull(json, "expires"),
                idLikeOrNull(json, "device"),
                idLikeOrNull(json, "group"));
    }

    private static Map<String, @Nullable Object> arguments(JsonObject json) {
        if (json.properties().get("args") == null) {
            return Map.of();
        }
        return json.object("args").properties();
    }

    private static @Nullable Long timeOrNull(JsonObject json, String name) {
        return json.properties().get(name) == null ? null : (Long) json.count(name);
    }

    private static @Nullable String idLikeOrNull(JsonObject json, String name) {
        String text = json.textOrNull(name);
        return text == null ? null : idLike(json, name, text);
    }

    private static String idLike(JsonObject json, String name, String text) {
        if (name(json, name) == null) {
            throw new WireException("'" + name + "' has 1 to 64 letters, digits, '.', '_' and '-', not '"
                    + WireException.shorten(text) + "'");
        }
        return text;
    }

    /** The property if it is what an id, a type or the name of a device may be. */
    private static @Nullable String name(JsonObject json, String property) {
        return json.properties().get(property) instanceof String text && isId(text) ? text : null;
    }

    /** The bytes of the answer. */
    public static byte[] encode(CommandAnswer answer) {
        return Json.write(json -> {
            if (answer.id() != null) {
                json.writeStringProperty("id", answer.id());
            }
            if (answer.type() != null) {
                json.writeStringProperty("type", answer.type());
            }
            json.writeStringProperty("outcome", answer.outcome().text());
            if (answer.reason() != null) {
                json.writeStringProperty("reason", answer.reason());
            }
            if (answer.result() != null) {
                json.writeName("result");
                json.writeRawValue(answer.result());
            }
            json.writeStringProperty("device", answer.device());
            json.writeNumberProperty("now", answer.nowMillis());
        });
    }

    /** The answer in those bytes; a {@link WireException} says why there is none. */
    public static CommandAnswer decodeAnswer(byte[] bytes) {
        JsonObject json = Json.readLong(bytes);
        return new CommandAnswer(
                json.textOrNull("id"),
                json.textOrNull("type"),
                CommandAnswer.Outcome.of(json.text("outcome")),
                json.textOrNull("reason"),
                json.properties().get("result") == null
                        ? null
                        : JsonText.of(json.object("result").properties()),
                json.text("device"),
                json.number("now"));
    }
}
