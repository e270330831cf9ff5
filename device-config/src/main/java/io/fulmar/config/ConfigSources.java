package io.fulmar.config;

import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a configuration is made of, each over the one before: the device's file, the fragments in {@code conf.d} beside it,
 * a fragment that the fleet sent, and overrides of single keys. Starts from {@link #of}. Immutable.
 */
public final class ConfigSources {
    private final Path file;
    private final @Nullable String remoteName;
    private final @Nullable String remote;
    private final Map<String, String> overrides;
    private final Map<String, String> environment;

    private ConfigSources(
            Path file,
            @Nullable String remoteName,
            @Nullable String remote,
            Map<String, String> overrides,
            Map<String, String> environment) {
        this.file = file;
        this.remoteName = remoteName;
        this.remote = remote;
        this.overrides = Collections.unmodifiableMap(new LinkedHashMap<>(overrides));
        this.environment = Map.copyOf(environment);
    }

    /** The device's file and what lies in {@code conf.d} beside it, with the environment of this process. */
    public static ConfigSources of(Path file) {
        return new ConfigSources(file, null, null, Map.of(), System.getenv());
    }

    /** With a fragment that the fleet sent; problems call it {@code name}. Paths in it are seen from the device's file. */
    public ConfigSources remote(String name, String toml) {
        return new ConfigSources(file, name, toml, overrides, environment);
    }

    /** With {@code --set key=value}: dotted key to value. */
    public ConfigSources overrides(Map<String, String> values) {
        return new ConfigSources(file, remoteName, remote, values, environment);
    }

    /** With another environment than that of this process; only secrets are taken from it. */
    public ConfigSources environment(Map<String, String> values) {
        return new ConfigSources(file, remoteName, remote, overrides, values);
    }

    Path file() {
        return file;
    }

    @Nullable
    String remoteName() {
        return remoteName;
    }

    @Nullable
    String remote() {
        return remote;
    }

    Map<String, String> overrides() {
        return overrides;
    }

    Map<String, String> environment() {
        return environment;
    }
}
