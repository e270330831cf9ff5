package io.fulmar.config;

/** A value that must not be seen: no message, log, dump or rendering of it shows what it is. Immutable. */
public final class Secret {
    private final String value;
    private final String origin;

    /** @param origin where the value was read, which may be shown: a path, {@code credential:NAME} or a variable */
    public Secret(String value, String origin) {
        this.value = value;
        this.origin = origin;
    }

    /** The value itself, for the one place that has to hand it over. */
    public String reveal() {
        return value;
    }

    /** Where the value was read. */
    public String origin() {
        return origin;
    }

    /** Whether the value is the same, wherever it was read. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Secret secret && secret.value.equals(value);
    }

    @Override
    public int hashCode() {
        return value.hashCode();
    }

    @Override
    public String toString() {
        return "(secret)";
    }
}
