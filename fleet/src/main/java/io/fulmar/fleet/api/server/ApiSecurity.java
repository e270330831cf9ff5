package io.fulmar.fleet.api.server;

import io.fulmar.fleet.api.security.AuditLog;
import io.fulmar.fleet.api.security.Logins;
import io.fulmar.fleet.api.security.Repeats;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.security.Tokens;
import org.jspecify.annotations.Nullable;

/**
 * What the server asks of whom it lets in and what it writes down.
 *
 * @param anonymous what everybody may do who comes from this machine; null for nothing
 *     <p>Immutable.
 */
public record ApiSecurity(
        Tokens tokens,
        Logins logins,
        AuditLog audit,
        Repeats repeats,
        @Nullable Role anonymous) {}
