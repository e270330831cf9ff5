package io.fulmar.agent.command;

import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The commands that a device knows, by type. Immutable. */
public final class CommandTable {
    private final SortedMap<String, Entry> entries;

    /**
     * One type of command.
     *
     * @param changing whether it changes anything: then it must expire, is journalled, and needs a signature where the trust
     *     root names operators
     */
    record Entry(CommandHandler handler, boolean changing) {}

    private CommandTable(Map<String, Entry> entries) {
        this.entries = new TreeMap<>(entries);
    }

    public static Builder builder() {
        return new Builder();
    }

    @Nullable
    Entry find(String type) {
        return entries.get(type);
    }

    /** All types, for the one who asked for another. */
    String types() {
        return String.join(", ", entries.keySet());
    }

    Collection<CommandHandler> handlers() {
        return entries.values().stream().map(Entry::handler).toList();
    }

    /** Collects commands. Owned by the thread that made it. */
    public static final class Builder {
        private final Map<String, Entry> entries = new TreeMap<>();

        private Builder() {}

        /** A command that only tells; it may be carried out again. */
        public Builder reading(String type, CommandHandler handler) {
            return add(type, new Entry(handler, false));
        }

        /** A command that changes the device; it is carried out at most once. */
        public Builder changing(String type, CommandHandler handler) {
            return add(type, new Entry(handler, true));
        }

        private Builder add(String type, Entry entry) {
            if (entries.put(type, entry) != null) {
                throw new IllegalArgumentException("two handlers for " + type);
            }
            return this;
        }

        public CommandTable build() {
            return new CommandTable(entries);
        }
    }
}
