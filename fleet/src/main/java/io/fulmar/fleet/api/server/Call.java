package io.fulmar.fleet.api.server;

import io.fulmar.fleet.api.security.Caller;
import io.fulmar.fleet.base.Limits;
import io.fulmar.sync.wire.JsonText;
import io.fulmar.sync.wire.WireException;
import io.javalin.http.Context;
import java.io.InputStream;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A request that was let in. Owned by the thread that answers it. */
public final class Call {
    private final Context context;
    private final @Nullable Caller caller;
    private @Nullable String target;
    private @Nullable String detail;

    Call(Context context, @Nullable Caller caller) {
        this.context = context;
        this.caller = caller;
    }

    /** Who asks, on a route that needs a role. */
    public Caller caller() {
        if (caller == null) {
            throw new IllegalStateException("nobody in particular uses an open route");
        }
        return caller;
    }

    Context context() {
        return context;
    }

    /** Whether nobody on the way reads along, as far as this server sees. */
    public boolean encrypted() {
        return context.scheme().equals("https") || "https".equals(context.header("X-Forwarded-Proto"));
    }

    /** From which address, as far as this server sees. */
    public String address() {
        return context.ip();
    }

    /** A parameter that the route's path has. */
    public String path(String name) {
        return context.pathParam(name);
    }

    public @Nullable String query(String name) {
        return context.queryParam(name);
    }

    public @Nullable String header(String name) {
        return context.header(name);
    }

    public @Nullable String cookie(String name) {
        return context.cookie(name);
    }

    /** How many items a page shall have: {@code ?limit=}. */
    public int limit(int usual, int most) {
        return number("limit", usual, most);
    }

    /** A number from 1 to {@code most}. */
    public int number(String name, int usual, int most) {
        String text = query(name);
        if (text == null) {
            return usual;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw Problem.malformed("'" + name + "' is not a number");
        }
        throw Problem.malformed("'" + name + "' must be from 1 to " + most);
    }

    /** What the last page gave as {@code next}: {@code ?after=}; null for the first page. */
    public @Nullable String after() {
        return query("after");
    }

    /** The same where it is a number. */
    public @Nullable Long afterNumber() {
        String text = after();
        try {
            return text == null ? null : Long.valueOf(text);
        } catch (NumberFormatException e) {
            throw Problem.malformed("'after' is not what a page gave as 'next'");
        }
    }

    /** The body as text. */
    public String text() {
        return context.body();
    }

    /** The body, as it comes; whoever reads it bounds it. */
    public InputStream stream() {
        return context.bodyInputStream();
    }

    /** The body, which must be a JSON object. */
    public Fields fields() {
        String type = context.contentType();
        if (type == null || !type.split(";", -1)[0].strip().equalsIgnoreCase(Answer.JSON)) {
            throw new Problem(415, "The body must be JSON", "send the header Content-Type: " + Answer.JSON);
        }
        String body = text();
        if (body.length() > Limits.HTTP_JSON_CHARS) {
            throw new Problem(413, "The body has more than " + Limits.HTTP_JSON_CHARS + " characters", null);
        }
        try {
            Map<String, @Nullable Object> object = JsonText.read(body);
            return new Fields(object);
        } catch (WireException e) {
            throw Problem.malformed("The body is not a JSON object: " + e.getMessage());
        }
    }

    /**
     * Tells the audit log what this is about; else it is what the path names.
     *
     * @param what the thing that is changed
     * @param how in a few words; null where the route says it all
     */
    public void audit(String what, @Nullable String how) {
        this.target = what;
        this.detail = how;
    }

    String target() {
        return target != null ? target : String.join(" ", context.pathParamMap().values());
    }

    @Nullable
    String detail() {
        return detail;
    }
}
