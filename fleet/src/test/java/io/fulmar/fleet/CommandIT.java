package io.fulmar.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.TestRequest;
import io.fulmar.fleet.query.CommandRow;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.mqtt.Backoff;
import io.fulmar.sync.mqtt.LinkConfig;
import io.fulmar.sync.mqtt.OutboundMessage;
import io.fulmar.sync.mqtt.PahoLink;
import io.fulmar.sync.mqtt.PublishOutcome;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.Topics;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands through the whole service over a real broker: kept, repeated until answered, each with one effect. */
class CommandIT {
    private static final Topics TOPICS = new Topics(Topics.DEFAULT_PREFIX);
    private static final long HOUR = 3_600_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @Test
    void aCommandToADeviceThatIsOffArrivesWhenItComesBackAndHasOneEffect() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl());
                var operator = new Operator(fleet.brokerUrl())) {
            device.connect();
            device.off();
            operator.send(TOPICS.command("press-7"), command("a", "actuate", null, null));
            operator.until(() -> find("a") != null);
            assertThat(known("a").state(System.currentTimeMillis())).isEqualTo("waiting");

            device.on();
            device.until(true, 1, () -> answered("a"));

            assertThat(device.effects("a")).isEqualTo(1);
            assertThat(known("a").state(System.currentTimeMillis())).isEqualTo("done");
            assertThat(known("a").answers().getFirst().result()).isEqualTo("{\"pin\":4}");

            int heard = device.commands().size();
            device.off();
            device.on();
            operator.send(TOPICS.command("press-7"), command("b", "ping", null, null));
            device.until(true, 1, () -> answered("b"));
            assertThat(device.commands())
                    .as("what is answered is not sent again")
                    .hasSize(heard + 1);
        }
    }

    @Test
    void aDeviceThatSaysHelloAgainAndAgainIsNotFlooded() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl());
                var operator = new Operator(fleet.brokerUrl())) {
            device.answering(false);
            device.connect();
            operator.send(TOPICS.command("press-7"), command("a", "actuate", null, null));
            device.until(false, 1, () -> device.commands().size() == 1);
            long begin = System.nanoTime();
            device.until(false, 1, () -> {
                device.publish(device.hello());
                return device.commands().size() >= 4;
            });
            long seconds = Duration.ofNanos(System.nanoTime() - begin).toSeconds();
            assertThat(device.commands().size() - 1).isLessThanOrEqualTo((int) seconds + 1);
        }
    }

    @Test
    void manyCommandsToOneDeviceComeBackAFewASecondInTheirOrder() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl());
                var operator = new Operator(fleet.brokerUrl())) {
            operator.until(() -> fleet.status().connected());
            List<String> ids = new ArrayList<>();
            for (int i = 10; i < 30; i++) {
                ids.add("c" + i);
                operator.send(TOPICS.command("press-7"), command("c" + i, "ping", null, null));
            }
            operator.until(() -> commands().size() == 20);
            device.connect();
            device.until(true, 10, () -> ids.stream().allMatch(this::answered));
            assertThat(device.commands())
                    .extracting(bytes -> new String(bytes, StandardCharsets.UTF_8).substring(7, 10))
                    .startsWith(ids.toArray(String[]::new));
            ids.forEach(id -> assertThat(device.effects(id)).isEqualTo(1));
        }
    }

    @Test
    void theFleetKilledBetweenCommandAndAnswerSendsItAgainAndLearnsTheAnswer() throws Exception {
        FleetProcess process = FleetProcess.start(dir, 0);
        URI broker = URI.create("mqtt://127.0.0.1:" + process.mqttPort());
        try (var device = new TestDevice("press-7", 77, broker);
                var operator = new Operator(broker)) {
            device.connect();
            operator.send(TOPICS.command("press-7"), command("a", "actuate", null, null));
            device.until(false, 1, () -> device.effects("a") == 1 && find("a") != null);
            process.kill();
            process = FleetProcess.start(dir, process.mqttPort());
            device.until(true, 1, () -> answered("a"));
            assertThat(device.effects("a")).isEqualTo(1);
            assertThat(known("a").state(System.currentTimeMillis())).isEqualTo("done");
        } finally {
            process.close();
        }
    }

    @Test
    void theFleetKilledBeforeTheDeviceHeardItStillDeliversIt() throws Exception {
        FleetProcess process = FleetProcess.start(dir, 0);
        URI broker = URI.create("mqtt://127.0.0.1:" + process.mqttPort());
        try (var operator = new Operator(broker)) {
            Command command = command("a", "actuate", null, null);
            operator.until(() -> {
                operator.send(TOPICS.command("press-7"), command); // again, since the fleet may not be listening yet
                return find("a") != null;
            });
            process.kill(); // the broker is in this process: all that it held is gone
            process = FleetProcess.start(dir, process.mqttPort());
            try (var device = new TestDevice("press-7", 77, broker)) {
                device.until(true, 1, () -> answered("a"));
                assertThat(device.effects("a")).isEqualTo(1);
            }
        } finally {
            process.close();
        }
    }

    @Test
    void ofAGroupOfThreeTheOneThatWasOffGetsTheCommandAloneWhenItComesBack() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var one = new TestDevice("press-1", 1, fleet.brokerUrl(), null, "presses");
                var two = new TestDevice("press-2", 2, fleet.brokerUrl(), null, "presses", "hall-2");
                var off = new TestDevice("press-3", 3, fleet.brokerUrl(), null, "presses");
                var other = new TestDevice("pump-1", 4, fleet.brokerUrl(), null, "pumps");
                var operator = new Operator(fleet.brokerUrl())) {
            List.of(one, two, off, other).forEach(TestDevice::connect);
            off.until(false, 1, () -> members("presses").size() == 3);
            off.off();
            operator.send(TOPICS.groupCommand("presses"), command("g", "actuate", null, "presses"));
            one.until(true, 1, () -> one.acknowledged() == 1);
            two.until(true, 1, () -> two.acknowledged() == 1);
            assertThat(known("g").state(System.currentTimeMillis())).isEqualTo("2 done, 1 waiting");
            assertThat(known("g").waiting()).containsExactly("press-3");

            off.on();
            off.until(true, 1, () -> known("g").waiting().isEmpty());
            one.until(false, 1, () -> true);
            other.until(false, 1, () -> true);

            TestDevice.patiently(() -> known("g").heard() == 2); // the answer may be stored before the repeat is
            assertThat(known("g").state(System.currentTimeMillis())).isEqualTo("3 done");
            assertThat(List.of(one.effects("g"), two.effects("g"), off.effects("g"), other.effects("g")))
                    .containsExactly(1, 1, 1, 0);
            assertThat(one.commands()).as("the others did not hear it again").hasSize(1);
            assertThat(commands()).as("the repeat is not a command of its own").hasSize(1);
            assertThat(known("g").heard()).isEqualTo(2);
        }
    }

    @Test
    void aDeviceThatClaimsAGroupItWasNotEnrolledForDoesNotGetToKnowWhatTheGroupIsTold() throws Exception {
        Enrolments enrolments = Enrolments.in(dir);
        for (String name : List.of("press-1", "spy")) {
            Set<String> groups = name.equals("spy") ? Set.of() : Set.of("presses");
            enrolments.enrol(
                    enrolments.invite(name, groups, Duration.ofHours(1)).token(), TestRequest.ofNewKey());
        }
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var press = new TestDevice("press-1", 1, fleet.brokerUrl(), null, "presses");
                var spy = new TestDevice("spy", 2, fleet.brokerUrl(), null, "presses");
                var operator = new Operator(fleet.brokerUrl())) {
            press.connect();
            spy.connect();
            press.off();
            spy.off();
            operator.send(TOPICS.groupCommand("presses"), command("g", "actuate", null, "presses"));
            operator.until(() -> find("g") != null);
            press.on();
            press.until(true, 1, () -> answered("g"));
            spy.on();
            operator.send(TOPICS.command("spy"), command("own", "ping", null, null));
            spy.until(true, 1, () -> answered("own"));
            assertThat(spy.effects("g")).isZero();
            assertThat(members("presses")).containsExactly("press-1");
        }
    }

    @Test
    void whatHasExpiredIsNotSentAgainAndWhatIsNotYetValidWaitsForItsTime() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl());
                var operator = new Operator(fleet.brokerUrl())) {
            operator.until(() -> fleet.status().connected());
            long now = System.currentTimeMillis();
            operator.send(
                    TOPICS.command("press-7"), new Command("late", "actuate", Map.of(), null, now - 1, null, null));
            operator.send(
                    TOPICS.command("press-7"),
                    new Command("soon", "actuate", Map.of(), now + 4_000, now + HOUR, null, null));
            operator.send(TOPICS.command("press-7"), command("now", "ping", null, null));
            operator.until(() -> commands().size() == 3);
            device.connect();
            device.until(true, 1, () -> answered("now"));
            assertThat(System.currentTimeMillis() >= now + 4_000 || device.effects("soon") == 0)
                    .as("not before its time")
                    .isTrue();
            device.until(true, 1, () -> answered("soon"));
            assertThat(System.currentTimeMillis()).isGreaterThanOrEqualTo(now + 4_000);
            assertThat(device.effects("late")).isZero();
            assertThat(known("late").state(System.currentTimeMillis())).isEqualTo("no answer");
        }
    }

    @Test
    void aSignedCommandIsAcceptedAndTheSameAlteredOrByAnotherKeyOrForAnotherDeviceIsRefused() {
        SigningKey key = SigningKey.generate();
        String keyId = key.verifyingKey().id();
        TrustRoot trust = TrustRoot.of(
                1,
                List.of(new TrustRoot.Key(key.verifyingKey(), "Anna")),
                Map.of(TrustRole.OPERATOR, new TrustRoot.Signers(List.of(keyId), 1)));
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl(), trust);
                var operator = new Operator(fleet.brokerUrl())) {
            device.connect();
            String topic = TOPICS.command("press-7");
            operator.send(topic, signed(key, command("good", "actuate", "press-7", null)));
            String json =
                    new String(signed(key, command("altered", "actuate", "press-7", null)), StandardCharsets.UTF_8);
            String other =
                    new String(signed(key, command("altereD", "actuate", "press-7", null)), StandardCharsets.UTF_8);
            operator.send(topic, swapPayload(json, other).getBytes(StandardCharsets.UTF_8));
            operator.send(topic, signed(SigningKey.generate(), command("stranger", "actuate", "press-7", null)));
            operator.send(topic, signed(key, command("elsewhere", "actuate", "press-8", null)));
            operator.send(topic, Commands.encode(command("unsigned", "actuate", "press-7", null)));
            List<String> bad = List.of("altereD", "stranger", "elsewhere", "unsigned");
            device.until(true, 1, () -> answered("good") && bad.stream().allMatch(this::answered));

            assertThat(device.effects("good")).isEqualTo(1);
            assertThat(known("good").signedBy()).containsExactly(keyId);
            for (String id : bad) {
                assertThat(device.effects(id)).as(id).isZero();
                assertThat(known(id).answers().getFirst().outcome()).as(id).isEqualTo("refused");
            }
        }
    }

    @Test
    void aFailureIsKeptWithItsReasonAndARefusalGivesWayToWhatBecameOfIt() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl());
                var operator = new Operator(fleet.brokerUrl())) {
            device.connect();
            operator.send(TOPICS.command("press-7"), command("f", "fail", null, null));
            device.until(true, 1, () -> answered("f"));
            CommandRow.Answer answer = known("f").answers().getFirst();
            assertThat(answer.outcome()).isEqualTo(Outcome.FAILED.text());
            assertThat(answer.reason()).isEqualTo("it did <b>not</b> work");

            operator.send(TOPICS.command("press-7"), command("r", "actuate", "press-8", null));
            device.until(true, 1, () -> answered("r"));
            assertThat(known("r").answers().getFirst().outcome()).isEqualTo("refused");
            operator.send(TOPICS.command("press-7"), command("r", "actuate", "press-7", null));
            device.until(
                    true, 1, () -> known("r").answers().getFirst().outcome().equals("done"));
        }
    }

    @Test
    void commandsAndAnswersAreShownOverHttp() throws Exception {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir).anonymous(Role.VIEWER));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl());
                var operator = new Operator(fleet.brokerUrl())) {
            device.connect();
            operator.send(TOPICS.command("press-7"), command("f", "fail", null, null));
            device.until(true, 1, () -> answered("f"));

            assertThat(get(fleet, "/api/v1/commands?device=press-7&limit=1"))
                    .contains("\"id\":\"f\"", "\"state\":\"failed\"", "\"reason\":\"it did <b>not</b> work\"");
            assertThat(get(fleet, "/api/v1/commands?device=press-8")).isEqualTo("{\"items\":[],\"next\":null}");
            assertThat(get(fleet, "/api/v1/commands?limit=100000")).contains("'limit' must be from 1 to");
            assertThat(get(fleet, "/api/v1/desired?device=%3Cb%3E")).contains("not a device id");
        }
    }

    private static String get(Fleet fleet, String path) throws Exception {
        try (var client = HttpClient.newHttpClient()) {
            URI uri = URI.create("http://127.0.0.1:" + fleet.httpPort() + path);
            return client.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofString())
                    .body();
        }
    }

    @Test
    void whatIsNoCommandIsCountedAndNotHeldAgainstTheDevice() {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var device = new TestDevice("press-7", 77, fleet.brokerUrl());
                var operator = new Operator(fleet.brokerUrl())) {
            device.connect();
            operator.send(TOPICS.command("press-7"), "{\"type\":\"ping\"}".getBytes(StandardCharsets.UTF_8));
            operator.send(TOPICS.groupCommand("presses"), new byte[70_000]);
            operator.send(TOPICS.command("press-7"), new byte[] {1});
            operator.until(() -> fleet.status().refused() == 3);
            assertThat(commands()).isEmpty();
            operator.until(() -> !devices().isEmpty());
            assertThat(devices()).extracting(DeviceRow::refused).containsExactly(0L);
        }
    }

    private static byte[] signed(SigningKey key, Command command) {
        return Dsse.sign(Dsse.COMMAND, Commands.encode(command), key).toJson();
    }

    /** The first envelope with the payload of the second: its signature is of something else. */
    private static String swapPayload(String envelope, String other) {
        String mark = "\"payload\":\"";
        int from = envelope.indexOf(mark) + mark.length();
        int otherFrom = other.indexOf(mark) + mark.length();
        return envelope.substring(0, from)
                + other.substring(otherFrom, other.indexOf('"', otherFrom))
                + envelope.substring(envelope.indexOf('"', from));
    }

    private static Command command(String id, String type, @Nullable String device, @Nullable String group) {
        return new Command(id, type, Map.of("pin", 4), null, System.currentTimeMillis() + HOUR, device, group);
    }

    private List<CommandRow> commands() {
        try (var queries = FleetQueries.open(dir)) {
            return queries.commands(null, null, 100);
        }
    }

    private @Nullable CommandRow find(String id) {
        return commands().stream()
                .filter(row -> row.id().equals(id))
                .findFirst()
                .orElse(null);
    }

    private CommandRow known(String id) {
        CommandRow row = find(id);
        return row == null
                ? new CommandRow(0, "", "", false, "", "", List.of(), 0, 0, 0, 0, List.of(), List.of())
                : row;
    }

    private boolean answered(String id) {
        CommandRow row = find(id);
        return row != null && !row.answers().isEmpty();
    }

    private List<DeviceRow> devices() {
        try (var queries = FleetQueries.open(dir)) {
            return queries.devices();
        }
    }

    private List<String> members(String group) {
        try (var queries = FleetQueries.open(dir)) {
            return queries.members(group);
        }
    }

    /** Somebody who sends commands. Owned by its test. */
    private static final class Operator implements AutoCloseable {
        private final PahoLink link;
        private long token;

        Operator(URI broker) {
            LinkConfig config = LinkConfig.builder(broker, "operator")
                    .backoff(Backoff.between(Duration.ofMillis(50), Duration.ofMillis(500)))
                    .build();
            link = new PahoLink(config, new SplittableRandom(3), event -> {});
        }

        void send(String topic, Command command) {
            send(topic, Commands.encode(command));
        }

        void send(String topic, byte[] bytes) {
            until(() -> link.publish(OutboundMessage.of(topic, bytes, 1, false, token)) == PublishOutcome.ACCEPTED);
            token++;
        }

        void until(BooleanSupplier holds) {
            long deadline = System.nanoTime() + Duration.ofMinutes(2).toNanos();
            while (!holds.getAsBoolean()) {
                assertThat(System.nanoTime()).as("patience").isLessThan(deadline);
                if (link.work(System.nanoTime()) == 0) {
                    LockSupport.parkNanos(20_000_000);
                }
            }
        }

        @Override
        public void close() {
            link.close();
        }
    }
}
