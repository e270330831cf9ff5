package io.fulmar.cli.outbox;

import io.fulmar.agent.api.LocalApi;
import io.fulmar.agent.api.http.OwnerSecret;
import io.fulmar.cli.DeviceFile;
import io.fulmar.cli.FileFailure;
import io.fulmar.config.ApiSettings;
import io.fulmar.config.DeviceConfig;
import io.fulmar.config.Secret;
import io.fulmar.sync.outbox.OutboxException;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;

/** Which device of this machine is meant, and how to talk to its agent. Owned by the main thread. */
final class DeviceOptions {
    private static final int ROOT = 0;
    private static final Duration TIMEOUT = Duration.ofMinutes(1);

    @Mixin
    private DeviceFile file = new DeviceFile("device", "state", "outbox", "api");

    DeviceConfig config() {
        return file.config();
    }

    /** Asks the agent that runs; what it answers must be closed. */
    InputStream ask(String path, @Nullable String body) throws IOException {
        ApiSettings api = config().api();
        Secret secret = api.token() == null ? ownerSecret() : api.token();
        InetSocketAddress agent = address(api);
        HttpRequest.Builder request =
                HttpRequest.newBuilder(URI.create(LocalApi.url(agent) + path)).timeout(TIMEOUT);
        if (secret != null) {
            requireAgent(agent);
            request.header("Authorization", "Bearer " + secret.reveal());
        }
        if (body != null) {
            request.POST(HttpRequest.BodyPublishers.ofString(body));
        }
        try {
            HttpResponse<InputStream> answer =
                    HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofInputStream());
            if (answer.statusCode() != 200) {
                try (InputStream said = answer.body()) {
                    throw new IOException("the agent answered " + answer.statusCode() + ": "
                            + new String(said.readNBytes(1000), StandardCharsets.UTF_8));
                }
            }
            return answer.body();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** What the agent made for who may ask for rows; null where there is none, and the agent says what it wants. */
    private @Nullable Secret ownerSecret() throws IOException {
        try {
            return OwnerSecret.ofAgent(config().state().dir());
        } catch (NoSuchFileException e) {
            return null;
        }
    }

    /** What failed, and who could do it where this user may not. */
    OutboxException failure(String what, Exception cause) {
        Path state = config().state().dir().toAbsolutePath();
        return cause instanceof AccessDeniedException e && Path.of(e.getFile()).startsWith(state)
                ? new OutboxException(
                        OutboxException.Category.PERMANENT,
                        what + ": this user may not read " + e.getFile(),
                        "run it as the agent's user: sudo -u " + owner(state) + " …",
                        e)
                : failed(what, cause);
    }

    private static String owner(Path state) {
        try {
            return Files.getOwner(state).getName();
        } catch (IOException e) {
            return "fulmar";
        }
    }

    static OutboxException failed(String what, Exception cause) {
        String reason = switch (cause) {
            case ConnectException _ -> "the agent does not answer on its [api]";
            case IOException e -> FileFailure.reason(e);
            default -> String.valueOf(cause.getMessage());
        };
        return new OutboxException(
                OutboxException.Category.PERMANENT, what + ": " + reason, "docs/air-gapped.md has every step", cause);
    }

    /** Where the agent answers programs of its own machine. */
    private static InetSocketAddress address(ApiSettings api) throws IOException {
        if (!api.enabled()) {
            throw new IOException("the agent runs, and [api] is off: stop it first, or turn that on");
        }
        InetAddress listens = InetAddress.ofLiteral(api.host());
        return new InetSocketAddress(
                listens.isAnyLocalAddress() ? InetAddress.ofLiteral("127.0.0.1") : listens, api.wantedPort());
    }

    /** A program of another user that took the port shall not get the secret. */
    private void requireAgent(InetSocketAddress agent) throws IOException {
        Object owner = Files.getAttribute(config().state().dir(), "unix:uid");
        for (int user : Listeners.at(agent)) {
            if (user != ROOT && !owner.equals(user)) {
                throw new IOException("at port " + agent.getPort()
                        + " it is not the agent that answers, but a program of the" + " user with the number " + user);
            }
        }
    }
}
