package io.fulmar.agent.io.act;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.config.ActSettings;
import io.fulmar.config.GuardSettings;
import io.fulmar.config.Secret;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls a real server on this machine, and runs real programs. */
@Timeout(60)
class DeedsTest {
    private static final Duration LONG = Duration.ofSeconds(30);
    private static final Duration SHORT = Duration.ofMillis(300);
    private static final ActSettings.Occasion EVERY = ActSettings.Occasion.EVERY;
    private static final GuardSettings GUARD = new GuardSettings(Duration.ZERO, 60, Duration.ZERO, null, true);
    private static final Action IMBALANCE = new Action("vibration", 7, "imbalance", 0.9f, true, System.nanoTime());

    private final Path dir;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final LinkedBlockingQueue<String> asked = new LinkedBlockingQueue<>();

    DeedsTest(@TempDir Path dir) throws IOException {
        this.dir = dir;
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            int status = Integer.parseInt(exchange.getRequestURI().getPath().substring(1));
            if (status / 100 == 3) {
                exchange.getResponseHeaders().add("Location", "http://127.0.0.1:1/elsewhere");
            }
            exchange.sendResponseHeaders(status, -1);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
        threads.shutdownNow();
    }

    private static String called(int port, String path, @Nullable String token, Duration timeout)
            throws InterruptedException {
        URI url = URI.create("http://127.0.0.1:" + port + path);
        Secret secret = token == null ? null : new Secret(token, "here");
        try (Deed deed = new WebhookDeed(
                new ActSettings.Webhook("hook", EVERY, GUARD, url, secret, null, timeout), Acting.none())) {
            return deed.perform(IMBALANCE);
        }
    }

    private int port() {
        return server.getAddress().getPort();
    }

    @Test
    void aWebhookIsToldOfTheDecisionAndShownTheToken() throws Exception {
        assertThat(called(port(), "/204?x=1", "hunter2", LONG)).startsWith("answered 204");
        assertThat(asked.poll())
                .isEqualTo("POST /204?x=1 Bearer hunter2 pipeline vibration frame 7 said imbalance (0.900), an alarm");
    }

    @Test
    void anAnswerThatIsNotGoodAndARedirectAreFailuresAndAreAskedOnce() {
        assertThatThrownBy(() -> called(port(), "/500", null, LONG))
                .isInstanceOf(ActuatorException.class)
                .hasMessage("127.0.0.1:" + port() + ": answered 500");
        assertThatThrownBy(() -> called(port(), "/307", "hunter2", LONG))
                .hasMessage("127.0.0.1:" + port()
                        + ": answered 307 and points to http://127.0.0.1:1/elsewhere, which is not followed");
        assertThat(asked).hasSize(2);
    }

    @Test
    void whoIsNotThereSaysNothingOrSaysWhatIsNoHttpIsAFailureInTime() throws Exception {
        int nobody;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            nobody = socket.getLocalPort();
            assertThatThrownBy(() -> called(socket.getLocalPort(), "/", null, SHORT))
                    .hasMessageEndingWith("no answer within 300 ms");
            threads.execute(() -> answer(socket, "\u001b[31m220 mail.example ESMTP\r\n"));
            threads.execute(() -> answer(socket, "\u001b[31m220 mail.example ESMTP\r\n"));
            assertThatThrownBy(() -> called(socket.getLocalPort(), "/", null, LONG))
                    .isInstanceOf(ActuatorException.class)
                    .message()
                    .doesNotContain("\u001b");
        }
        assertThatThrownBy(() -> called(nobody, "/", null, LONG))
                .isInstanceOf(ActuatorException.class)
                .hasMessage("127.0.0.1:" + nobody + ": the connection was refused, or there is no way there");
    }

    @Test
    void anAnswerThatNeverEndsIsAnAnswer() throws Exception {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            threads.execute(() -> answer(socket, "HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\nbeginning"));
            assertThat(called(socket.getLocalPort(), "/", null, LONG)).startsWith("answered 200");
        }
    }

    private static void answer(ServerSocket socket, String text) {
        try (Socket caller = socket.accept()) {
            OutputStream out = caller.getOutputStream();
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
            while (caller.getInputStream().read() >= 0) {} // until the caller has had enough
        } catch (IOException e) {
            // it has
        }
    }

    private static String ran(Duration timeout, String... command) throws InterruptedException {
        return new CommandDeed(new ActSettings.Command("horn", EVERY, GUARD, List.of(command), timeout))
                .perform(IMBALANCE);
    }

    private static String shell(Duration timeout, String script) throws InterruptedException {
        return ran(timeout, "/bin/sh", "-c", script);
    }

    @Test
    void aProgramGetsItsArgumentsAsTheyAreAndTheDecisionAndNothingElse() throws Exception {
        Path out = dir.resolve("out");
        assertThat(ran(
                        LONG,
                        "sh",
                        "-c",
                        "env > \"$0\"; echo \"$1\" >> \"$0\"; pwd >> \"$0\"",
                        out.toString(),
                        "$HOME; x"))
                .startsWith("ended well");
        assertThat(Files.readAllLines(out).stream()
                        .filter(line -> !line.startsWith("FULMAR_CHILD=")
                                && !line.startsWith("_=")
                                && !line.startsWith("PWD=")))
                .containsExactlyInAnyOrder(
                        "PATH=/usr/local/bin:/usr/bin:/bin",
                        "LANG=C.UTF-8",
                        "FULMAR_PIPELINE=vibration",
                        "FULMAR_FRAME=7",
                        "FULMAR_LABEL=imbalance",
                        "FULMAR_SCORE=0.9",
                        "FULMAR_ALARM=true",
                        "$HOME; x",
                        "/");
    }

    @Test
    void aProgramThatIsNotThereEndsBadlyOrTalksALotIsSaidInALine() {
        assertThatThrownBy(() -> ran(LONG, "no-such-program"))
                .isInstanceOf(ActuatorException.class)
                .hasMessageContaining("no-such-program")
                .hasMessageStartingWith("cannot be run: ");
        assertThatThrownBy(() -> shell(LONG, "echo one; echo two >&2; exit 3"))
                .hasMessage("ended with 3; it said last: one two");
        assertThatThrownBy(() -> shell(LONG, "head -c 20000000 /dev/zero | tr '\\0' x; echo; echo the end; exit 1"))
                .message()
                .startsWith("ended with 1; it said last: xxx")
                .endsWith("xxx the end")
                .hasSizeLessThan(400);
    }

    @Test
    void aProgramThatDoesNotEndIsKilledWithAllThatItStarted() throws Exception {
        Path pids = dir.resolve("pids");
        assertThatThrownBy(() -> shell(
                        SHORT,
                        "echo $$ >> " + pids + "; (setsid sleep 1000 & echo $! >> " + pids
                                + "; trap '' TERM; while :; do sleep 1; done) & wait"))
                .hasMessageStartingWith("did not end within 300 ms and was killed");
        assertGone(pids, 2);
    }

    @Test
    void whatAProgramLeavesBehindIsEndedAndKeepsNobodyWaiting() throws Exception {
        Path pids = dir.resolve("pids");
        assertThat(shell(
                        LONG,
                        "(setsid sh -c 'echo $$ >> " + pids + "; exec sleep 1000') & while [ ! -s " + pids
                                + " ]; do sleep 0.01; done; exit 0"))
                .startsWith("ended well");
        assertGone(pids, 1);
    }

    private static void assertGone(Path pids, int many) throws Exception {
        List<String> started = Files.readAllLines(pids);
        assertThat(started).hasSizeGreaterThanOrEqualTo(many);
        for (String pid : started) {
            var process = ProcessHandle.of(Long.parseLong(pid));
            if (process.isPresent()) {
                process.get().onExit().get(30, TimeUnit.SECONDS);
            }
        }
    }
}
