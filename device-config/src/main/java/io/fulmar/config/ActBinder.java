package io.fulmar.config;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Turns {@code [[pipeline.act]]} into records; an output is moved by one of them alone. Owned by the one load that builds it. */
final class ActBinder {
    private static final List<String> ACTS = List.of("log", "output", "pwm", "mqtt", "http", "exec");

    private final HardwareSettings hardware;
    private final String prefix;
    private final Secrets secrets;
    private final Map<String, String> moved = new HashMap<>();
    private final Set<String> named = new HashSet<>();

    /** @param prefix of the fleet's topics, below which no device publishes what it likes */
    ActBinder(HardwareSettings hardware, String prefix, Secrets secrets) {
        this.hardware = hardware;
        this.prefix = prefix;
        this.secrets = secrets;
    }

    /** @param labels those that the model can give, null if they are not known */
    @Nullable
    ActSettings act(TableReader table, String pipeline, @Nullable List<String> labels) {
        String type = table.oneOf("type", ACTS);
        return switch (type) {
            case "log" -> log(table.as(type), pipeline, labels);
            case "output" -> output(table.as(type), pipeline, labels);
            case "pwm" -> pwm(table.as(type), pipeline, labels);
            case "mqtt" -> publish(table.as(type), pipeline, labels);
            case "http" -> webhook(table.as(type), pipeline, labels);
            case "exec" -> command(table.as(type), pipeline, labels);
            case null, default -> null;
        };
    }

    private ActSettings log(TableReader table, String pipeline, @Nullable List<String> labels) {
        String name = name(table, "log", pipeline);
        ActSettings.Occasion occasion = occasion(table, labels);
        Log.Level level = table.choice("level", Log.Level.INFO, Log.Level.class);
        GuardSettings guard = GuardBinder.act(table, hardware.levels());
        table.done();
        return new ActSettings.LogLine(name, occasion, guard, level);
    }

    private ActSettings publish(TableReader table, String pipeline, @Nullable List<String> labels) {
        String name = name(table, "mqtt", pipeline);
        ActSettings.Occasion occasion = occasion(table, labels);
        String topic = table.text("topic");
        if (topic.isEmpty() ? table.has("topic") : topic.startsWith("$") || topic.matches(".*[+#\\p{Cntrl}].*")) {
            table.problem("topic", "expected a topic to publish to, without + or # and not beginning with $");
        } else if (topic.getBytes(StandardCharsets.UTF_8).length > Limits.TOPIC_BYTES) {
            table.problem("topic", "is longer than " + Limits.TOPIC_BYTES + " bytes");
        } else if (topic.equals(prefix) || topic.startsWith(prefix + "/")) {
            table.problem("topic", "is one of the fleet's: choose one that does not begin with " + prefix + "/");
        }
        String payload = table.optional("payload");
        boolean retain = table.flag("retain", false);
        GuardSettings guard = GuardBinder.act(table, hardware.levels());
        table.done();
        return new ActSettings.Publish(name, occasion, guard, topic, payload, retain);
    }

    private ActSettings webhook(TableReader table, String pipeline, @Nullable List<String> labels) {
        String name = name(table, "http", pipeline);
        ActSettings.Occasion occasion = occasion(table, labels);
        URI url = url(table, table.text("url"));
        Secret token = secrets.file(table, "token_file");
        if (token != null && url.getScheme().equals("http") && !isLoopback(url.getHost())) {
            table.problem("token_file", "would cross the network for all to see; use a url with https://");
        }
        Path ca = ca(table, url);
        Duration timeout =
                table.duration("timeout", Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofMinutes(1));
        GuardSettings guard = GuardBinder.act(table, hardware.levels());
        // whoever may say these can have the token sent where they like, and call what only the device reaches
        SourceBinder.ownFileAlone(table, List.of("type", "url", "token_file", "ca"));
        table.done();
        return new ActSettings.Webhook(name, occasion, guard, url, token, ca, timeout);
    }

    private static @Nullable Path ca(TableReader table, URI url) {
        String text = table.optional("ca");
        if (text == null) {
            return null;
        }
        Path ca = Binder.path(table, "ca", text);
        if (!"https".equals(url.getScheme())) {
            table.problem("ca", "belongs to a url with https://");
        }
        try {
            PemFile.certificate(ca);
        } catch (IOException e) {
            table.problem("ca", ca + ": " + e.getMessage());
        }
        return ca;
    }

    private static URI url(TableReader table, String text) {
        try {
            URI url = new URI(text);
            boolean web = "http".equals(url.getScheme()) || "https".equals(url.getScheme());
            if (web && url.getHost() != null && url.getUserInfo() == null && url.getPort() <= 65_535) {
                return url;
            }
        } catch (URISyntaxException e) {
            // the same as any other text that is none
        }
        if (!text.isEmpty()) {
            table.problem(
                    "url",
                    "expected http://HOST/PATH or https://HOST/PATH, without user and password: a secret belongs into a"
                            + " token_file");
        }
        return URI.create("http://127.0.0.1/");
    }

    private static boolean isLoopback(String host) {
        try {
            return host.equals("localhost") || InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private ActSettings command(TableReader table, String pipeline, @Nullable List<String> labels) {
        String name = name(table, "exec", pipeline);
        ActSettings.Occasion occasion = occasion(table, labels);
        List<String> command = table.texts("command");
        if (command.isEmpty() || command.getFirst().isEmpty()) {
            table.problem(
                    "command", "expected a program and its arguments, such as [\"/usr/local/bin/horn\", \"--short\"]");
        } else if (command.stream().anyMatch(word -> word.indexOf('\0') >= 0)) {
            table.problem("command", "has a character that no argument can have");
        }
        Duration timeout =
                table.duration("timeout", Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofMinutes(10));
        GuardSettings guard = GuardBinder.act(table, hardware.levels());
        if (!hardware.allowExec()) {
            table.problem(
                    "type",
                    "pipelines may run no programs on this device: write allow_exec = true into its [hardware]");
        }
        SourceBinder.ownFileAlone(table, List.of("type", "command"));
        table.done();
        return new ActSettings.Command(name, occasion, guard, found(table, command), timeout);
    }

    /** A program that is named by a path is seen from the file that names it; any other is looked for where programs are. */
    private static List<String> found(TableReader table, List<String> command) {
        if (command.isEmpty() || !command.getFirst().contains("/")) {
            return command;
        }
        List<String> found = new ArrayList<>(command);
        found.set(0, Binder.path(table, "command", command.getFirst()).toString());
        return found;
    }

    private String name(TableReader table, String type, String pipeline) {
        String name = table.optionalName("name");
        if (name != null && !named.add(pipeline + "/" + name)) {
            table.problem("name", "there is another one named \"" + name + "\" in this pipeline");
        }
        return name == null ? type : name;
    }

    private static ActSettings.Occasion occasion(TableReader table, @Nullable List<String> labels) {
        ActSettings.When when = table.choice("when", ActSettings.When.CHANGE, ActSettings.When.class);
        return new ActSettings.Occasion(when, labels(table, labels));
    }

    private ActSettings output(TableReader table, String pipeline, @Nullable List<String> labels) {
        List<String> defined =
                hardware.outputs().stream().map(HardwareSettings.Output::name).toList();
        String name = taken(table, "output", defined, pipeline);
        ActSettings.Wanted wanted = wanted(table, labels);
        boolean high = table.oneOf("on", List.of("high", "low"), "high").equals("high");
        table.done();
        return new ActSettings.Output(name, wanted, high);
    }

    private ActSettings pwm(TableReader table, String pipeline, @Nullable List<String> labels) {
        List<String> defined =
                hardware.pwms().stream().map(HardwareSettings.Pwm::name).toList();
        String name = taken(table, "pwm", defined, pipeline);
        ActSettings.Wanted wanted = wanted(table, labels);
        double on = table.number("on", 1, 0, 1);
        double off = table.number("off", 0, 0, 1);
        table.done();
        return new ActSettings.Pwm(name, wanted, on, off);
    }

    private String taken(TableReader table, String key, List<String> defined, String pipeline) {
        String name = table.text(key);
        if (name.isEmpty()) {
            return name;
        }
        if (!defined.contains(name)) {
            table.problem(
                    key,
                    "there is no [[hardware." + key + "]] named \"" + name + "\"; defined: "
                            + (defined.isEmpty() ? "none" : String.join(", ", defined)),
                    Nearest.to(name, defined));
        }
        String other = moved.putIfAbsent(name, pipeline);
        if (other != null) {
            table.problem(key, "\"" + name + "\" is moved by pipeline " + other + " already");
        }
        return name;
    }

    private static ActSettings.Wanted wanted(TableReader table, @Nullable List<String> labels) {
        return new ActSettings.Wanted(labels(table, labels));
    }

    private static List<String> labels(TableReader table, @Nullable List<String> labels) {
        List<String> named = table.texts("labels");
        if (table.has("labels") && named.isEmpty()) {
            table.problem("labels", "names no label");
        }
        for (String label : named) {
            if (labels != null && !labels.contains(label)) {
                table.problem(
                        "labels",
                        "\"" + label + "\" is not a label of this pipeline's model",
                        Nearest.to(label, labels));
            }
        }
        return named;
    }
}
