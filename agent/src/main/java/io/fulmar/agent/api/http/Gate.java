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
 * looks at on it. Thread-safe.
 */
final class Gate {
    private static final String WHERE = "this device's interface is for programs on it, by its address or as localhost";

    private final @Nullable Secret token;

    Gate(@Nullable Secret token) {
        this.token = token;
    }

    /** @param open whether the route needs no token */
    void check(Headers headers, boolean open) throws ApiException {
        String host = headers.getFirst("Host");
        if (token == null && !isLocal(host)) { // a name that somebody lets point here, to have a browser ask us
            throw new ApiException(403, WHERE);
        }
        String origin = headers.getFirst("Origin");
        if (origin != null && !isOf(origin, host)) {
            throw new ApiException(403, "pages of other servers may not ask this device");
        }
        if (token != null && !open && !knows(headers.getFirst("Authorization"), token.reveal())) {
            throw new ApiException(
                    401,
                    "this needs the token of the device: Authorization: Bearer TOKEN",
                    Map.of("WWW-Authenticate", "Basic realm=\"fulmar: the token is the password\", charset=\"UTF-8\""));
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
