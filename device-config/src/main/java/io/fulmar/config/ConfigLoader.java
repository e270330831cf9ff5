package io.fulmar.config;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/** Reads a device's configuration into a {@link DeviceConfig}, or says everything that is wrong with it. Immutable. */
public final class ConfigLoader {
    private ConfigLoader() {}

    /**
     * Loads the layers of {@code sources} as one configuration.
     *
     * @throws ConfigException if the device's file cannot be read
     */
    public static LoadResult load(ConfigSources sources) {
        return load(sources, new Problems());
    }

    /**
     * The same for who needs only some of the {@code tables}, such as {@code hardware}: what is wrong elsewhere does not count, and
     * what is said there is not to be relied on. Who makes outputs safe must not depend on a password.
     *
     * @throws ConfigException if the device's file cannot be read
     */
    public static LoadResult load(ConfigSources sources, Set<String> tables) {
        return load(sources, new Problems(tables));
    }

    /**
     * A file as text for {@link ConfigSources#remote}; one that is too large or not UTF-8 is found there to be wrong.
     *
     * @throws ConfigException if it cannot be read
     */
    public static String fragment(Path file) {
        try {
            return new String(SmallFile.read(file, Limits.REMOTE_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new ConfigException(
                    ConfigException.Category.PERMANENT,
                    "cannot read configuration " + file + ": " + e.getMessage(),
                    "check the path",
                    e);
        }
    }

    /**
     * What is wrong with a fragment that is to be sent to devices, as far as can be told without the files that it will lie
     * over there: its form, its size, and keys that only a device's own file may say.
     *
     * @param name how problems call it
     */
    public static List<Problem> checkRemote(String name, String toml) {
        var problems = new Problems();
        Layers.checkRemote(name, toml, problems);
        return problems.inOrder();
    }

    static LoadResult load(ConfigSources sources, Problems problems) {
        Node.Table document = new Layers(sources, problems).read();
        if (document == null) {
            return new LoadResult.Invalid(problems.inOrder());
        }
        DeviceConfig config = new Binder(sources.environment()).device(TableReader.root(problems, document));
        return problems.none()
                ? new LoadResult.Loaded(config, problems.places())
                : new LoadResult.Invalid(problems.inOrder());
    }
}
