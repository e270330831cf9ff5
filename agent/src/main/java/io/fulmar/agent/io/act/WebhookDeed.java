package io.fulmar.agent.io.act;

import io.fulmar.agent.io.Action;
import io.fulmar.agent.io.ActuatorException;
import io.fulmar.config.ActSettings;
import io.fulmar.config.Secret;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertPathBuilderException;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateFactory;
import java.security.cert.CertificateNotYetValidException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** Posts a decision to a webhook; follows no redirect. Owned by the thread that does it. */
final class WebhookDeed implements Deed {
    private final ActSettings.Webhook settings;
    private final Acting acting;
    private @Nullable HttpClient client;

    WebhookDeed(ActSettings.Webhook settings, Acting acting) {
        this.settings = settings;
        this.acting = acting;
    }

    @Override
    public String perform(Action action) throws InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(settings.url())
                .header("Content-Type", "application/json")
                .header("User-Agent", "fulmar")
                .POST(HttpRequest.BodyPublishers.ofString(acting.text(action)));
        Secret token = settings.token();
        if (token != null) {
            request.header("Authorization", "Bearer " + token.reveal());
        }
        long startNanos = System.nanoTime();
        CompletableFuture<HttpResponse<InputStream>> answer =
                opened().sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream());
        try {
            HttpResponse<InputStream> response = answer.get(settings.timeout().toNanos(), TimeUnit.NANOSECONDS);
            response.body().close(); // whatever it says besides, nobody reads it
            return judged(response) + ", after " + (System.nanoTime() - startNanos) / 1_000_000 + " ms";
        } catch (TimeoutException e) {
            throw failed("no answer within " + settings.timeout().toMillis() + " ms");
        } catch (ExecutionException e) {
            throw failed(said(e.getCause() == null ? e : e.getCause()));
        } catch (IOException e) {
            throw failed(said(e));
        } finally {
            answer.cancel(true);
        }
    }

    private String judged(HttpResponse<?> response) {
        int status = response.statusCode();
        if (status / 100 == 2) {
            return "answered " + status;
        }
        throw failed("answered " + status
                + (status / 100 == 3
                        ? " and points to "
                                + response.headers().firstValue("Location").orElse("nothing")
                                + ", which is not followed"
                        : ""));
    }

    private ActuatorException failed(String why) {
        String place = settings.url().getHost()
                + (settings.url().getPort() < 0 ? "" : ":" + settings.url().getPort());
        return new ActuatorException(place + ": " + Action.oneLine(why));
    }

    private static String said(Throwable cause) {
        Throwable last = cause;
        for (Throwable it = cause; it != null; it = it.getCause()) {
            if (it instanceof UnresolvedAddressException) {
                return "nobody knows this name";
            }
            String refused = refused(it);
            if (refused != null) {
                return refused;
            }
        }
        if (cause instanceof ConnectException) {
            return "the connection was refused, or there is no way there";
        }
        while (last.getMessage() == null && last.getCause() != null) {
            last = last.getCause();
        }
        String text = last.getMessage();
        return text == null ? last.getClass().getSimpleName().replaceAll("(?<=[a-z])(?=[A-Z])", " ") : text;
    }

    /** What is wrong with the server's certificate; null if it is something else. */
    private static @Nullable String refused(Throwable it) {
        return switch (it) {
            case CertificateExpiredException _ -> "its certificate has run out";
            case CertificateNotYetValidException _ -> "its certificate is not valid yet, or this clock is wrong";
            case CertPathBuilderException _ ->
                "its certificate is signed by nobody who is trusted: is ca the right one?";
            case CertificateException other
            when String.valueOf(other.getMessage()).startsWith("No ") -> "its certificate is for another host";
            default -> null;
        };
    }

    private HttpClient opened() {
        HttpClient open = client;
        if (open == null) {
            HttpClient.Builder builder = HttpClient.newBuilder()
                    .version(HttpClient.Version.HTTP_1_1)
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(settings.timeout());
            Path ca = settings.ca();
            if (ca != null) {
                builder.sslContext(trusting(ca));
            }
            open = builder.build();
            client = open;
        }
        return open;
    }

    /** Trusts those alone whose certificates are in the file. */
    private SSLContext trusting(Path ca) {
        try (InputStream in = Files.newInputStream(ca)) {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(null, null);
            for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca-" + store.size(), each);
            }
            TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
            trust.init(store);
            SSLContext context = SSLContext.getInstance("TLS");
            context.init(null, trust.getTrustManagers(), null);
            return context;
        } catch (IOException | GeneralSecurityException e) {
            throw failed("the certificates of " + ca + " cannot be read: " + e.getMessage());
        }
    }

    @Override
    public void close() {
        if (client != null) {
            client.shutdownNow();
        }
    }
}
