package io.fulmar.agent.command;

import static io.fulmar.agent.command.Bench.DEVICE;
import static io.fulmar.agent.command.Bench.START;
import static io.fulmar.agent.command.Bench.TOPICS;
import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.agent.health.Counter;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.Commands;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Mutated commands, plain and signed, against the real dispatcher with the real journal: no crash, no effect, nothing
 * unforeseen, and memory stays flat. The trust root names an operator whose one command is mutated, never sent as it is,
 * so whatever changes the device would be an effect without a signature.
 */
class CommandFuzzTest {
    private static final long SEED = Long.getLong("fulmar.seed", 20261121);
    private static final String[] BITS = {
        "null",
        "true",
        "-1",
        "1e400",
        "9223372036854775808",
        "0.1",
        "\"\"",
        "[]",
        "{}",
        "\"\\u0000\"",
        "\"id\":\"x\"",
        "\"expires\":1795000060000",
        "\"device\":\"pump-8\"",
        "\"group\":\"pumps\"",
        "\"type\":\"set\"",
        "\"args\":{}",
        "\"payloadType\":\"x\"",
        "[[[[[[[[[[",
        "{\"a\":{\"a\":{\"a\":{\"a\":",
        "\"notBefore\":0",
        "\\ud800",
        "\u0000",
        "}"
    };
    private static final String[] RESPONSE_TOPICS = {
        "me", "", "#", "+/x", "$SYS/x", "fulmar/v1/d/pump-8/cmd", "fulmar/v1/d/pump-7/cmd/result/me", "a\u0000b"
    };

    private final Path dir;
    private final Random random = new Random(SEED);
    private final SigningKey operator = SigningKey.generate();
    private long sequence;

    CommandFuzzTest(@TempDir Path dir) {
        this.dir = dir;
    }

    @Test
    void mutatedCommandsHaveNoEffect() throws Exception {
        fuzz(5_000);
    }

    @Test
    @Tag("long")
    void aMillionMutatedCommandsHaveNoEffect() throws Exception {
        fuzz(1_000_000);
    }

    private void fuzz(int count) throws Exception {
        List<byte[]> seeds = seeds();
        long memoryBefore = 0;
        try (Bench bench = new Bench(dir, new ArrayList<>(), START, trusting())) {
            for (int i = 0; i < count; i++) {
                byte[] payload = mutated(seeds);
                boolean original = seeds.stream().anyMatch(seed -> isTheSame(seed, payload));
                if (!original) {
                    String topic = random.nextInt(4) == 0 ? TOPICS.groupCommand("pumps") : TOPICS.command(DEVICE);
                    String response =
                            random.nextInt(3) == 0 ? RESPONSE_TOPICS[random.nextInt(RESPONSE_TOPICS.length)] : null;
                    bench.send(topic, payload, response);
                }
                bench.effects.removeIf(effect -> effect.equals("ping")); // it tells and changes nothing
                assertThat(bench.effects).as("seed %d, message %d", SEED, i).isEmpty();
                bench.forget();
                if (i == count / 4) {
                    memoryBefore = memory();
                }
            }
            assertThat(bench.faults.latest()).noneMatch(fault -> fault.message().contains("unforeseen"));
            assertThat(bench.count(Counter.COMMANDS_REFUSED_MALFORMED)).isGreaterThan(count / 10);
            assertThat(bench.count(Counter.COMMANDS_REFUSED_UNAUTHORISED)).isPositive();
            long memoryAfter = memory();
            System.out.printf(
                    "measured: seed %d: %,d mutated commands, no effect; heap after GC %,d KiB after a quarter, %,d KiB at the"
                            + " end%n",
                    SEED, count, memoryBefore >> 10, memoryAfter >> 10);
            assertThat(memoryAfter - memoryBefore).as("bytes of growth").isLessThan(8L << 20);
        }
        assertThat(Files.readString(dir.resolve(Journal.FILE))).doesNotContain("started");
    }

    /** The same said otherwise: what base64 does not look at may be mutated, and it is still what the operator signed. */
    private static boolean isTheSame(byte[] seed, byte[] payload) {
        if (!Dsse.isEnvelope(payload) || !Dsse.isEnvelope(seed)) {
            return Arrays.equals(seed, payload);
        }
        try {
            return Arrays.equals(Dsse.read(payload).toJson(), Dsse.read(seed).toJson());
        } catch (TrustException e) {
            return false;
        }
    }

    private static long memory() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    }

    private Authorisation trusting() {
        return Authorisation.by(TrustRoot.of(
                1,
                List.of(new TrustRoot.Key(operator.verifyingKey(), null)),
                Map.of(
                        TrustRole.OPERATOR,
                        new TrustRoot.Signers(List.of(operator.verifyingKey().id()), 1))));
    }

    /** Each without what it would need to have an effect as it is, but for the signed one. */
    private List<byte[]> seeds() {
        Command set = new Command("c-1", "set", Map.of("what", "x"), null, START + 60_000, DEVICE, null);
        Command group = new Command("c-2", "set", Map.of("what", "y"), START - 1, START + 60_000, null, "pumps");
        return List.of(
                Commands.encode(set),
                Commands.encode(group),
                Commands.encode(Bench.reading("c-3")),
                Commands.encode(new Command("c-4", "large", Map.of("bytes", 10), null, null, null, null)),
                Dsse.sign(Authorisation.COMMAND, Commands.encode(set), operator).toJson(),
                Dsse.sign(Authorisation.COMMAND, Commands.encode(group), SigningKey.generate())
                        .toJson());
    }

    // ---- mutations

    private byte[] mutated(List<byte[]> seeds) {
        byte[] seed = seeds.get(random.nextInt(seeds.size()));
        return switch (random.nextInt(5)) {
            case 0 -> bytes(seed);
            case 1 -> text(seed);
            case 2 -> freshId(seed);
            case 3 -> signedRubbish(seed);
            default -> text(bytes(seed));
        };
    }

    private byte[] bytes(byte[] seed) {
        byte[] bytes = seed.clone();
        for (int n = 1 + random.nextInt(4); n > 0 && bytes.length > 1; n--) {
            int at = random.nextInt(bytes.length);
            switch (random.nextInt(4)) {
                case 0 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
                case 1 -> bytes[at] = (byte) random.nextInt();
                case 2 -> bytes = Arrays.copyOf(bytes, at);
                default -> {
                    int from = random.nextInt(bytes.length);
                    System.arraycopy(bytes, from, bytes, at, Math.min(bytes.length - Math.max(from, at), 24));
                }
            }
        }
        return bytes;
    }

    /** Puts pieces of JSON where they may do harm. */
    private byte[] text(byte[] seed) {
        StringBuilder text = new StringBuilder(new String(seed, StandardCharsets.UTF_8));
        for (int n = 1 + random.nextInt(3); n > 0 && !text.isEmpty(); n--) {
            int at = random.nextInt(text.length());
            String bit = BITS[random.nextInt(BITS.length)];
            switch (random.nextInt(3)) {
                case 0 -> text.insert(at, bit);
                case 1 -> text.replace(at, Math.min(text.length(), at + 1 + random.nextInt(12)), bit);
                default -> {
                    int comma = text.indexOf(",", at);
                    text.insert(comma < 0 ? at : comma + 1, bit + ",");
                }
            }
        }
        return text.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** A well-formed command that nobody signed. */
    private byte[] freshId(byte[] seed) {
        String text = new String(seed, StandardCharsets.UTF_8);
        return text.replaceFirst("\"c-\\d\"", "\"f-" + sequence++ + "\"").getBytes(StandardCharsets.UTF_8);
    }

    /** A true signature over something else: what the operator signed is never what would have an effect. */
    private byte[] signedRubbish(byte[] seed) {
        byte[] payload = random.nextBoolean() ? bytes(seed) : text(seed);
        boolean wrongType = random.nextBoolean();
        SigningKey key = wrongType ? operator : STRANGER;
        return Dsse.sign(wrongType ? "application/vnd.fulmar.desired+json" : Authorisation.COMMAND, payload, key)
                .toJson();
    }

    private static final SigningKey STRANGER = SigningKey.generate();
}
