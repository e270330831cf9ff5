package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.catalog.Yank;
import io.fulmar.fleet.query.QueryJson;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet yank}: withdraws a release. Owned by the main thread. */
@Command(
        name = "yank",
        description = {
            "Withdraws a published release: from now on it can neither be assigned nor rolled out, and rollouts under way"
                    + " give it to no further device.",
            "Where it runs it stays. It is kept, and shown as withdrawn, with the reason."
        })
final class YankCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(paramLabel = "MODEL:VERSION|MODEL@RELEASE", description = "The release.")
    String release = "";

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for whoever wants it later.")
    @Nullable
    String reason;

    @Option(names = "--undo", description = "Give it back instead.")
    boolean undo;

    @Mixin
    ApiOptions api = new ApiOptions();

    @Override
    public Integer call() {
        ReleaseName name = ReleaseName.parse(spec, release);
        if (name.version() == null && name.release() == 0) {
            throw new ParameterException(spec.commandLine(), "which release of it: MODEL:VERSION or MODEL@RELEASE");
        }
        if (undo == (reason != null)) {
            throw new ParameterException(spec.commandLine(), "one of --reason TEXT and --undo");
        }
        if (reason != null && (reason.isBlank() || reason.length() > Limits.YANK_REASON_CHARS)) {
            throw new ParameterException(
                    spec.commandLine(), "--reason has 1 to " + Limits.YANK_REASON_CHARS + " characters");
        }
        String text = api.elsewhere() ? there(name) : here(name);
        PrintWriter out = spec.commandLine().getOut();
        out.println(text + (undo ? " can be assigned again" : " is withdrawn; where it runs it stays"));
        out.flush();
        return ExitCode.OK;
    }

    private String here(ReleaseName name) {
        var catalog = new Catalog(api.data.directory());
        Published found = name.find(catalog.list());
        String model = found.manifest().name();
        if (reason == null) {
            catalog.unyank(model, found.manifest().release());
        } else {
            String user = System.getProperty("user.name");
            catalog.yank(model, found.manifest().release(), new Yank(System.currentTimeMillis(), user, reason));
        }
        return found.text();
    }

    private String there(ReleaseName name) {
        try (ApiClient client = api.client()) {
            List<JsonTree> all = client.all(ApiClient.path("models"));
            JsonTree found = all.stream()
                    .filter(it -> name.model().equals(it.text("model"))
                            && (name.release() > 0
                                    ? it.number("release", 0) == name.release()
                                    : String.valueOf(name.version()).equals(it.text("version"))))
                    .findFirst()
                    .orElseThrow(() -> new FleetException(
                            Category.PERMANENT,
                            TargetOptions.printable(release) + " was not published to this fleet",
                            "'fulmar fleet models' lists what was published"));
            String number = Long.toString(found.number("release", 0));
            String path = ApiClient.path("models", name.model(), "releases", number, "yank");
            if (reason == null) {
                client.delete(path);
            } else {
                String text = reason;
                client.post(path, QueryJson.object(json -> json.writeStringProperty("reason", text)));
            }
            return name.model() + " " + found.text("version") + " (release " + number + ")";
        }
    }
}
