package io.fulmar.fleet.api.server;

/** What a request wants of an address. Immutable. */
public enum Verb {
    GET,
    POST,
    PUT,
    PATCH,
    DELETE;

    /** Whether something may be different afterwards. */
    public boolean changes() {
        return this != GET;
    }
}
