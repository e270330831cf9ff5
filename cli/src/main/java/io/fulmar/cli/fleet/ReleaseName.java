package io.fulmar.cli.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.catalog.Published;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * How a command line names a release: {@code MODEL}, {@code MODEL:VERSION} or {@code MODEL@RELEASE}.
 *
 * @param version null unless it was given
 * @param release 0 unless it was given
 *     <p>Immutable.
 */
record ReleaseName(String model, @Nullable String version, long release) {
    static ReleaseName parse(CommandSpec spec, String text) {
        int colon = text.indexOf(':');
        int at = text.indexOf('@');
        if (colon > 0 && colon + 1 < text.length()) {
            return new ReleaseName(text.substring(0, colon), text.substring(colon + 1), 0);
        }
        if (at > 0 && text.substring(at + 1).matches("[1-9][0-9]{0,17}")) {
            return new ReleaseName(text.substring(0, at), null, Long.parseLong(text.substring(at + 1)));
        }
        if (colon >= 0 || at >= 0 || text.isBlank()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "'" + TargetOptions.printable(text) + "' is no MODEL, MODEL:VERSION or MODEL@RELEASE");
        }
        return new ReleaseName(text, null, 0);
    }

    /** Throws where more than the model was named. */
    void requireModelOnly(CommandSpec spec) {
        if (version != null || release > 0) {
            throw new ParameterException(
                    spec.commandLine(), "only the name of the model, as a device has one release of it at most");
        }
    }

    /** The newest release that it means. */
    Published find(List<Published> all) {
        List<Published> ofModel =
                all.stream().filter(it -> it.manifest().name().equals(model)).toList();
        if (ofModel.isEmpty()) {
            String names =
                    all.stream().map(it -> it.manifest().name()).distinct().collect(Collectors.joining(", "));
            throw new FleetException(
                    Category.PERMANENT,
                    "no release of a model '" + TargetOptions.printable(model) + "' was published to this fleet",
                    names.isEmpty() ? "publish one: fulmar fleet publish PKG" : "there are releases of " + names);
        }
        return ofModel.stream().filter(this::means).findFirst().orElseThrow(() -> {
            String there = ofModel.stream()
                    .map(it -> it.manifest().version() + " (release "
                            + it.manifest().release() + ")")
                    .collect(Collectors.joining(", "));
            String what = version == null ? "release " + release : TargetOptions.printable(version);
            return new FleetException(
                    Category.PERMANENT,
                    what + " of " + model + " was not published to this fleet",
                    "there are " + there + "; publish it: fulmar fleet publish PKG");
        });
    }

    /** The newest release that it means and that was not withdrawn. */
    Published findGood(List<Published> all) {
        boolean newest = version == null && release == 0;
        List<Published> good =
                all.stream().filter(it -> it.unavailable() == null).toList();
        boolean any = good.stream().anyMatch(it -> it.manifest().name().equals(model));
        Published found = find(newest && any ? good : all);
        String unavailable = found.unavailable();
        if (unavailable != null) {
            throw new FleetException(
                    Category.PERMANENT,
                    TargetOptions.printable(unavailable),
                    found.yank() == null
                            ? "'fulmar fleet publish PKG' puts them back"
                            : "choose another one; 'fulmar fleet yank --undo' gives it back");
        }
        return found;
    }

    private boolean means(Published it) {
        if (release > 0) {
            return it.manifest().release() == release;
        }
        return version == null || it.manifest().version().toString().equals(version);
    }
}
