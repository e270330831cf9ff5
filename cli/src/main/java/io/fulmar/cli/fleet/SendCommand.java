package io.fulmar.cli.fleet;

import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.sync.mqtt.InboundMessage;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet command}: tells devices what to do and waits for what becomes of it. Owned by the main thread. */
@CommandLine.Command(
        name = "command",
        customSynopsis = {"fulmar fleet command DEVICE TYPE [OPTIONS]", "fulmar fleet command --group G TYPE [OPTIONS]"
        },
        description = {
            "Tells a device, or every device of a group, what to do, and waits for the answers.",
            "Types: ping, status, infer, model.list, config.get, logs, diagnostics; and those that change something:"
                    + " model.activate, model.rollback, pipeline.pause, pipeline.resume, config.set, capture, explain, actuate, restart.",
            "A device that is off gets the command when it comes back, until it expires, and carries it out once."
        },
        footer = {
            "",
            "The exit code is 0 when every device has done it, and 1 when one failed, refused, or has not answered yet.",
            "Arguments: docs/commands.md."
        })
final class SendCommand implements Callable<Integer> {
    private static final Duration EXPIRES_MOST = Duration.ofDays(7);
    private static final Duration KEPT_WITHIN = Duration.ofSeconds(5);
    private static final DateTimeFormatter ID =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(
            arity = "1..2",
            paramLabel = "DEVICE TYPE",
            description = "The device, unless --group is given; what to do.")
    List<String> words = List.of();

    @Option(names = "--group", paramLabel = "G", description = "Every device of this group.")
    @Nullable
    String group;

    @Option(
            names = "--arg",
            paramLabel = "NAME=VALUE",
            description =
                    "An argument. What reads as a JSON number, true, false, null, list, object or text in quotes is"
                            + " one; anything else is text.")
    List<String> pairs = List.of();

    @Option(names = "--args", paramLabel = "JSON", description = "All arguments as one JSON object.")
    @Nullable
    String object;

    @Option(
            names = "--expires",
            paramLabel = "D",
            converter = Durations.class,
            description = "After this time it is not carried out any more; at most 7d, default: 1h.")
    Duration expires = Duration.ofHours(1);

    @Option(
            names = "--wait",
            paramLabel = "D",
            converter = Durations.class,
            description = "How long to wait for answers, 0s for not at all; default: 30s.")
    Duration wait = Duration.ofSeconds(30);

    @Option(names = "--key", paramLabel = "FILE", description = "Sign with this private key of an operator.")
    @Nullable
    Path key;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE.png",
            description = "Write the picture of an explanation there; with one device.")
    @Nullable
    Path output;

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Mixin
    BrokerOptions broker = new BrokerOptions();

    private final Map<String, CommandAnswer> answers = new TreeMap<>();

    @Override
    public Integer call() {
        String device = device();
        if (output != null && (device == null || !words.getLast().equals("explain"))) {
            throw new ParameterException(spec.commandLine(), "--output goes with the command explain to one device");
        }
        Command command = command(device);
        byte[] bytes = message(command);
        broker.resolve();
        List<String> expected = expected(device);
        Topics topics = broker.topics();
        String results = device == null ? topics.everyCommandResult() : topics.commandResult(device);
        try (var client = broker.connect(List.of(results), message -> onAnswer(topics, command, message))) {
            String topic = device == null ? topics.groupCommand(String.valueOf(group)) : topics.command(device);
            client.send(topic, bytes, false);
            boolean kept = broker.isServed() && client.await(() -> isKept(command), KEPT_WITHIN);
            boolean all =
                    client.await(() -> !expected.isEmpty() && answers.keySet().containsAll(expected), wait);
            savePicture();
            return report(command, expected, kept, all);
        }
    }

    private @Nullable String device() {
        if (words.size() == (group == null ? 2 : 1)) {
            if (group != null) {
                TargetOptions.requireName(spec, "group", group);
                return null;
            }
            TargetOptions.requireName(spec, "device id", words.getFirst());
            return words.getFirst();
        }
        throw new ParameterException(
                spec.commandLine(),
                group == null
                        ? "a device and what it is to do: fulmar fleet command DEVICE TYPE"
                        : "with --group only what to do");
    }

    private Command command(@Nullable String device) {
        String type = words.getLast();
        TargetOptions.requireName(spec, "type of command", type);
        if (expires.compareTo(EXPIRES_MOST) > 0 || expires.isZero()) {
            throw new ParameterException(spec.commandLine(), "--expires is at most 7d, and more than 0s");
        }
        Instant now = Instant.now();
        String id = ID.format(now) + "-" + String.format(Locale.ROOT, "%08x", new SecureRandom().nextInt());
        long until = now.plus(expires).toEpochMilli();
        return new Command(id, type, arguments(), null, until, device, group);
    }

    private Map<String, @Nullable Object> arguments() {
        Map<String, @Nullable Object> arguments = new LinkedHashMap<>();
        if (object != null) {
            try {
                arguments.putAll(JsonText.read(object));
            } catch (WireException e) {
                throw new ParameterException(spec.commandLine(), "--args is no JSON object: " + e.getMessage(), e);
            }
        }
        for (String pair : pairs) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw new ParameterException(
                        spec.commandLine(), "'" + TargetOptions.printable(pair) + "' is no NAME=VALUE");
            }
            String name = pair.substring(0, equals);
            if (arguments.containsKey(name)) {
                throw new ParameterException(spec.commandLine(), "the argument '" + name + "' is given twice");
            }
            arguments.put(name, value(pair.substring(equals + 1)));
        }
        return arguments;
    }

    private static @Nullable Object value(String text) {
        try {
            return JsonText.read("{\"v\":" + text + "}").get("v");
        } catch (WireException e) {
            return text;
        }
    }

    private byte[] message(Command command) {
        try {
            byte[] bytes = Commands.encode(command);
            byte[] message = key == null
                    ? bytes
                    : Dsse.sign(Dsse.COMMAND, bytes, SigningKey.read(key)).toJson();
            if (message.length <= Limits.CONTROL_BYTES) {
                return message;
            }
        } catch (IllegalArgumentException e) {
            throw tooLarge(e);
        }
        throw tooLarge(null);
    }

    private ParameterException tooLarge(@Nullable Exception cause) {
        return new ParameterException(
                spec.commandLine(),
                "the command is larger than the " + Limits.CONTROL_BYTES + " bytes that it may have",
                cause);
    }

    /** Who will answer; nobody in particular for a group whose members are not known here. */
    private List<String> expected(@Nullable String device) {
        if (!broker.hasDatabase() || (broker.broker != null && !broker.isServed())) {
            return device == null ? List.of() : List.of(device);
        }
        try (var queries = FleetQueries.open(broker.data.directory())) {
            if (device == null) {
                return TargetOptions.members(queries, String.valueOf(group));
            }
            TargetOptions.requireKnown(queries, device);
            return List.of(device);
        }
    }

    private boolean isKept(Command command) {
        try (var queries = FleetQueries.open(broker.data.directory())) {
            return !queries.commands(null, command.id(), 1).isEmpty();
        }
    }

    private void onAnswer(Topics topics, Command command, InboundMessage message) {
        if (!(topics.parse(message.topic()) instanceof Topic.CommandResult(String device))) {
            return;
        }
        try {
            CommandAnswer answer = Commands.decodeAnswer(message.payload());
            if (command.id().equals(answer.id()) && answers.putIfAbsent(device, answer) == null && !json) {
                print(device, answer);
            }
        } catch (WireException e) {
            spec.commandLine()
                    .getErr()
                    .println("fulmar: " + device + " answered something that is no answer: " + e.getMessage());
        }
    }

    private void print(String device, CommandAnswer answer) {
        PrintWriter out = spec.commandLine().getOut();
        String reason = answer.reason() == null ? "" : ": " + TargetOptions.printable(answer.reason());
        out.println(device + "  " + answer.outcome().text() + reason);
        if (answer.result() != null && !answer.result().equals("{}")) {
            out.println(QueryJson.indented(withoutPicture(answer.result())));
        }
        out.flush();
    }

    /** The result of an explanation with where its picture is instead of its bytes. */
    private String withoutPicture(String result) {
        Map<String, @Nullable Object> told = JsonText.read(result);
        if (output == null || !(told.get("png") instanceof String)) {
            return result;
        }
        told.put("png", output.toString());
        return JsonText.of(told);
    }

    private void savePicture() {
        for (CommandAnswer answer : answers.values()) {
            Object png = answer.result() == null
                    ? null
                    : JsonText.read(answer.result()).get("png");
            if (output == null || answer.outcome() != Outcome.DONE) {
                return;
            }
            if (!(png instanceof String base64)) {
                throw new FleetException(
                        Category.PERMANENT,
                        "the explanation has no picture, since the model's input is none",
                        "leave --output out; the answer has the shares of the input's parts");
            }
            try {
                Files.write(output, Base64.getDecoder().decode(base64));
            } catch (IOException | IllegalArgumentException e) {
                throw new FleetException(
                        Category.PERMANENT,
                        output + " cannot be written: " + e.getMessage(),
                        "check that the folder exists and that this user may write there");
            }
        }
    }

    private int report(Command command, List<String> expected, boolean kept, boolean all) {
        List<String> missing = new ArrayList<>(expected);
        missing.removeAll(answers.keySet());
        boolean done = answers.values().stream().allMatch(answer -> answer.outcome() == Outcome.DONE);
        if (json) {
            printJson(command, kept, missing);
        } else {
            printMissing(command, kept, missing);
        }
        if (broker.isServed() && !kept) {
            throw new FleetException(
                    Category.TRANSIENT,
                    "the fleet service has not kept the command " + command.id() + ": it will not be sent again",
                    "look at its log, then send it again");
        }
        boolean waitedFor = !wait.isZero();
        return done && (!waitedFor || (expected.isEmpty() ? !answers.isEmpty() : all)) ? ExitCode.OK : ExitCode.FAILED;
    }

    private void printMissing(Command command, boolean kept, List<String> missing) {
        PrintWriter out = spec.commandLine().getOut();
        if (!wait.isZero()) {
            missing.forEach(device -> out.println(device + "  no answer within " + seconds(wait)));
            if (missing.isEmpty() && answers.isEmpty()) {
                out.println("no answer within " + seconds(wait));
            }
        }
        if (wait.isZero() || !missing.isEmpty() || answers.isEmpty()) {
            String until = Instant.ofEpochMilli(command.expiresMillis() == null ? 0 : command.expiresMillis())
                    .toString();
            out.println("sent as " + command.id() + "; it expires at " + until);
            out.println(
                    kept
                            ? "the fleet sends it again to who comes back: fulmar fleet commands --id " + command.id()
                            : "whether a fleet service keeps it is not known here");
        }
        out.flush();
    }

    private static String seconds(Duration duration) {
        return duration.toMillis() % 1000 == 0 ? duration.toSeconds() + " s" : duration.toMillis() + " ms";
    }

    private void printJson(Command command, boolean kept, List<String> missing) {
        PrintWriter out = spec.commandLine().getOut();
        out.println(QueryJson.object(generator -> {
            generator.writeStringProperty("id", command.id());
            generator.writeStringProperty("type", command.type());
            generator.writeBooleanProperty("kept", kept);
            generator.writeArrayPropertyStart("answers");
            answers.forEach((device, answer) -> {
                generator.writeStartObject();
                generator.writeStringProperty("device", device);
                generator.writeStringProperty("outcome", answer.outcome().text());
                QueryJson.text(generator, "reason", answer.reason());
                generator.writeName("result");
                QueryJson.document(generator, answer.result());
                generator.writeEndObject();
            });
            generator.writeEndArray();
            generator.writeArrayPropertyStart("missing");
            missing.forEach(generator::writeString);
            generator.writeEndArray();
        }));
        out.flush();
    }
}
