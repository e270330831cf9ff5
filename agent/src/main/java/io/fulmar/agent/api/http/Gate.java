package io.fulmar.agent.api.http;

import com.sun.net.httpserver.Headers;
import io.fulmar.config.Secret;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Who may call: whoever knows the token; where there is none, programs of this machine, but not the web pages that somebody
 * looks at on it, and what is the owner's only for who knows the secret that the agent made. Thread-safe.
 */
final class Gate {
    private static final String WHERE = "this device's interface is for programs on it, by its address or as localhost";

    private final @Nullable Secret token;
    private final OwnerSecret owner;

    /** @param owner counts where there is no token */
    Gate(@Nullable Secret token, OwnerSecret owner) {
        this.token = token;
        this.owner = owner;
    }

    void check(Headers headers, Access access) throws ApiException {
        String host = headers.getFirst("Host");
        if (token == null && !isLocal(host)) { // a name that somebody lets point here, to have a browser ask us
            throw new ApiException(403, WHERE);
        }
        String origin = headers.getFirst("Origin");
        if (origin != null && !isOf(origin, host)) {
            throw new ApiException(403, "pages of other servers may not ask this device");
        }
        switch (access) {
            case EVERYBODY -> {}
            case MACHINE -> checkToken(headers);
            case OWNER -> checkOwner(headers);
        }
    }

    private void checkToken(Headers headers) throws ApiException {
        if (token != null && !knows(headers.getFirst("Authorization"), token.reveal())) {
            throw new ApiException(
                    401,
                    "this needs the token of the device: Authorization: Bearer TOKEN",
                    Map.of("WWW-Authenticate", "Basic realm=\"fulmar: the token is the password\", charset=\"UTF-8\""));
        }
    }

    /** Where there is a token, who knows it is the owner. */
    void checkOwner(Headers headers) throws ApiException {
        if (token != null) {
            checkToken(headers);
            return;
        }
        Secret secret = owner.now();
        if (secret == null) {
            String text = "this needs a secret, and the agent cannot make " + owner.file() + " now; its log says why";
            throw new ApiException(503, text);
        }
        if (!knows(headers.getFirst("Authorization"), secret.reveal())) {
            throw new ApiException(
                    401,
                    "this is for the owner of the device: Authorization: Bearer SECRET, which is in " + owner.file(),
                    Map.of("WWW-Authenticate", "Bearer realm=\"fulmar\""));
        }
    }

    private static boolean isLocal(@Nullable String host) {
        if (host == null) {
            return false;
        }
        try {
            String name = URI.create("http://" + host).getHost();
            if (name == null) {
                return false;
            }
            return name.equals("localhost")
                    || InetAddress.ofLiteral(name.replaceAll("[\\[\\]]", "")).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isOf(String origin, @Nullable String host) {
        return origin.equals("http://" + host) || origin.equals("https://" + host);
    }

    /** As a bearer's token, or as the password of anybody, which is what a browser asks for. */
    private static boolean knows(@Nullable String authorization, String token) {
        String said = said(authorization);
        return said != null
                && MessageDigest.isEqual(said.getBytes(StandardCharsets.UTF_8), token.getBytes(StandardCharsets.UTF_8));
    }

    private static @Nullable String said(@Nullable String authorization) {
        int blank = authorization == null ? -1 : authorization.indexOf(' ');
        if (authorization == null || blank < 0) {
            return null;
        }
        String scheme = authorization.substring(0, blank);
        String rest = authorization.substring(blank + 1).strip();
        if (scheme.equalsIgnoreCase("bearer")) {
            return rest;
        }
        if (!scheme.equalsIgnoreCase("basic")) {
            return null;
        }
        try {
            String pair = new String(Base64.getDecoder().decode(rest), StandardCharsets.UTF_8);
            return pair.substring(pair.indexOf(':') + 1);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
