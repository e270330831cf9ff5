package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet models}: what was published. Owned by the main thread. */
@Command(name = "models", description = "Lists the published releases of models, of each model the newest first.")
final class ModelsCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    DataOption data = new DataOption();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        List<Published> all = new Catalog(data.directory()).list();
        if (all.isEmpty()) {
            out.println("nothing was published here: fulmar fleet publish PKG");
            out.flush();
            return ExitCode.OK;
        }
        var table =
                new TextTable(Set.of(2, 3), "MODEL", "VERSION", "RELEASE", "BYTES", "SIGNED", "PUBLISHED", "MANIFEST");
        for (Published release : all) {
            table.add(
                    release.manifest().name(),
                    release.manifest().version(),
                    release.manifest().release(),
                    release.manifest().model().size(),
                    release.statement() == null ? "no" : "yes",
                    Times.text(release.publishedMillis()),
                    release.manifestDigest().substring(0, 12));
        }
        table.print(out);
        return ExitCode.OK;
    }
}
