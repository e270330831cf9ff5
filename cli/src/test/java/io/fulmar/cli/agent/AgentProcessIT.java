package io.fulmar.cli.agent;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.cli.Main;
import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fulmar agent} as a process of its own, and what is around it. */
class AgentProcessIT {
    private static final String SECRET = "s3cr3t-Pa55word";
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    @TempDir
    private Path dir;

    private final List<Process> processes = new ArrayList<>();

    @AfterEach
    void killWhatIsLeft() {
        processes.forEach(process -> process.destroyForcibly().onExit().join());
    }

    private ProcessBuilder agent(String... more) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Duser.language=de",
                "-Duser.country=DE",
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "agent",
                "--receipts",
                dir.resolve("receipts").toString()));
        command.addAll(List.of(more));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(dir.resolve("output").toFile());
    }

    private ProcessBuilder example(String... more) throws IOException {
        List<String> options = new ArrayList<>(List.of(
                "--config",
                Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml")
                        .toString(),
                "--set",
                "state.dir=" + dir.resolve("state"),
                "--set",
                "mqtt.url=mqtt://127.0.0.1:" + unusedPort()));
        options.addAll(List.of(more));
        return agent(options.toArray(String[]::new));
    }

    private Process started(ProcessBuilder builder) throws IOException {
        Process process = builder.start();
        processes.add(process);
        await("receipts", () -> !process.isAlive() || !read("receipts").isEmpty());
        assertThat(process.isAlive()).as(read("output")).isTrue();
        return process;
    }

    private String read(String name) {
        try {
            Path file = dir.resolve(name);
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String unusedPort() throws IOException {
        try (ServerSocket socket = new ServerSocket(0)) {
            return Integer.toString(socket.getLocalPort());
        }
    }

    private void awaitCleanEnd(Process process) throws InterruptedException {
        assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(read("output")).isZero();
    }

    @Test
    void itEndsWithTheProgramThatStartedItWhereThatIsWanted() throws Exception {
        Process process = started(example("--until-eof"));
        process.getOutputStream().close();

        awaitCleanEnd(process);
    }

    @Test
    void anOutputThatNobodyReadsDelaysNoStop() throws Exception {
        Path pipe = dir.resolve("pipe");
        assertThat(new ProcessBuilder("mkfifo", pipe.toString()).start().waitFor())
                .isZero();
        try (RandomAccessFile full = new RandomAccessFile(pipe.toFile(), "rw")) {
            full.write(new byte[1 << 16]); // what a pipe holds: the next byte waits for a reader
            Process process = started(example()
                    .redirectErrorStream(false)
                    .redirectError(dir.resolve("output").toFile())
                    .redirectOutput(pipe.toFile()));
            long asked = System.nanoTime();
            process.destroy();

            awaitCleanEnd(process);
            System.out.println(
                    "stopped " + (System.nanoTime() - asked) / 1_000_000 + " ms after SIGTERM with a full pipe");
        }
    }

    @Test
    void callersWhoDoNotFinishTheirRequestAreCutOffWhileOthersAreAnswered() throws Exception {
        int port = Integer.parseInt(unusedPort());
        ProcessBuilder agent = example("--set", "api.port=" + port);
        agent.environment().put("JDK_JAVA_OPTIONS", "-Dsun.net.httpserver.maxReqTime=1");
        started(agent);
        await("the interface", () -> read("output").contains("answers on"));

        try (Socket header = caller(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-More: ");
                Socket body = caller(
                        port,
                        "POST /api/v1/infer/bearing-condition HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n{");
                Socket other = caller(port, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")) {
            assertThat(answer(other)).startsWith("HTTP/1.1 200");
            assertThat(answer(header)).isEmpty();
            assertThat(answer(body)).isEmpty();
        }
    }

    private static Socket caller(int port, String request) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    /** All that comes until the other side ends the connection, in whatever way. */
    private static String answer(Socket socket) throws IOException {
        ByteArrayOutputStream answer = new ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(answer);
        } catch (SocketException e) {
            System.out.println("a caller was cut off: " + e.getMessage());
        }
        return answer.toString(StandardCharsets.US_ASCII);
    }

    @Test
    void noSecretIsEverWrittenWhetherItFitsOrNot() throws Exception {
        Path password = secret("password", SECRET + "\n");
        try (Fleet fleet = Fleet.open(FleetConfig.inDirectory(dir.resolve("fleet")))) {
            Process process = started(agent(config("""
                    url = "%s"
                    username = "d"
                    password_file = "%s"
                    """.formatted(fleet.brokerUrl(), password))));
            await("a connection", () -> read("output").contains("connected to the broker"));
            process.getOutputStream().close();
            awaitCleanEnd(process);
        }
        assertThat(read("output")).contains("DEBUG").doesNotContain(SECRET);

        Path key = secret("key.pem", "-----BEGIN PRIVATE KEY-----\nAAAA" + SECRET + "\n-----END PRIVATE KEY-----\n");
        Path ca = Files.writeString(dir.resolve("ca.pem"), "no certificate at all");
        Process process =
                agent(config("""
                        url = "mqtts://127.0.0.1:%s"
                        [mqtt.tls]
                        ca = "%s"
                        cert = "%s"
                        key = "%s"
                        """.formatted(unusedPort(), ca, ca, key))).start();
        processes.add(process);
        await("a word about the files", () -> read("output").contains(".pem"));
        assertThat(read("output")).doesNotContain(SECRET).doesNotContain("AAAA");
    }

    private Path secret(String name, String text) throws IOException {
        Path file = Files.writeString(dir.resolve(name), text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    }

    /** The example with another broker, and every log line that there is. */
    private String[] config(String mqtt) throws IOException {
        Path example = Path.of(System.getProperty("fulmar.root"), "device-config/examples/simulated.toml");
        String text = Files.readString(example)
                .replace("url = \"mqtt://127.0.0.1:1883\"\n", mqtt)
                .replace("../..", example.resolve("../../..").normalize().toString());
        Path file = Files.writeString(dir.resolve("device.toml"), text + "\n[log]\nlevel = \"trace\"\n");
        return new String[] {"--config", file.toString(), "--set", "state.dir=" + dir.resolve("state"), "--until-eof"};
    }

    private static void await(String what, BooleanSupplier condition) {
        long end = System.nanoTime() + PATIENCE.toNanos();
        while (!condition.getAsBoolean()) {
            assertThat(System.nanoTime() - end)
                    .as("waited too long for " + what)
                    .isNegative();
            LockSupport.parkNanos(Duration.ofMillis(50).toNanos());
        }
    }
}
