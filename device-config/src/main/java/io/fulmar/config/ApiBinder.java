package io.fulmar.config;

import java.net.InetAddress;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Turns the table {@code [api]} into a record. Owned by the one load that builds it. */
final class ApiBinder {
    private static final String LOOPBACK = "127.0.0.1";

    private final Secrets secrets;

    ApiBinder(Secrets secrets) {
        this.secrets = secrets;
    }

    ApiSettings settings(TableReader table) {
        boolean enabled = table.flag("enabled", true);
        String host = table.text("host", LOOPBACK);
        Integer port = table.optionalInteger("port", 0, 65_535);
        Secret token = secrets.token(table);
        host(table, host, table.has("token_file"));
        long maxBody = table.size("max_body", 8L << 20, 1L << 10, 64L << 20);
        int queue = table.integer("queue", 16, 1, 1_024);
        Duration deadline =
                table.duration("deadline", Duration.ofSeconds(10), Duration.ofMillis(100), Duration.ofMinutes(1));
        int interpreters = table.integer("interpreters", 1, 1, 8);
        table.done();
        return new ApiSettings(enabled, host, port, token, maxBody, queue, deadline, interpreters);
    }

    /** A name could mean another address at each look; whoever is not on this machine must know the token. */
    private static void host(TableReader table, String host, boolean token) {
        InetAddress address = address(host);
        if (address == null) {
            table.problem("host", "expected an address, such as 127.0.0.1, ::1 or 0.0.0.0 for all of this device");
        } else if (!address.isLoopbackAddress() && !token) {
            table.problem(
                    "host",
                    "is an address that others can reach: name a file with a token that callers must know under"
                            + " token_file, or leave host out");
        }
    }

    private static @Nullable InetAddress address(String host) {
        try {
            return InetAddress.ofLiteral(host);
        } catch (IllegalArgumentException e) {
            return null;
        }
    }
}
