package io.fulmar.config;

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
