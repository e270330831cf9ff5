package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.command.Assignment;
import io.fulmar.fleet.query.ModelRow;
import io.fulmar.fleet.query.ModelRow.Course;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import java.io.PrintWriter;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** How far a release has come on the devices that it was assigned to. Owned by the main thread. */
final class AssignProgress {
    private static final int DEVICES_SINGLY = 16;
    private static final int PERCENT_STEP = 10;

    private final Desired.Model release;
    private final DesiredWatch session;
    private final boolean shadow;
    private final Map<String, String> shown = new HashMap<>();

    AssignProgress(Desired.Model release, DesiredWatch session, boolean shadow) {
        this.release = release;
        this.session = session;
        this.shadow = shadow;
    }

    private Reported.@Nullable Model said(Desired wanted) {
        long assigned = wanted.models().stream()
                .filter(this::isThis)
                .mapToLong(Desired.Model::assigned)
                .findFirst()
                .orElse(0);
        return Assignment.said(session.reported(wanted.device()), release.name(), release.manifest(), assigned);
    }

    private boolean isThis(Desired.Model model) {
        return model.name().equals(release.name()) && model.manifest().equals(release.manifest());
    }

    private boolean isSuperseded(Desired wanted) {
        Desired newer = session.newer(wanted.device());
        return newer != null && newer.models().stream().noneMatch(this::isThis);
    }

    /** Whether it has ended on every device; shows what has changed. */
    boolean isDone(@Nullable PrintWriter out) {
        if (out != null) {
            show(out);
        }
        return session.wanted().values().stream().allMatch(this::isOver);
    }

    private boolean isOver(Desired wanted) {
        Reported.Model said = said(wanted);
        return isSuperseded(wanted) || (said != null && Course.of(said.state()) != Course.ON_THE_WAY);
    }

    private boolean isGood(Desired wanted) {
        Reported.Model said = said(wanted);
        return said != null && said.state() == (shadow ? Reported.ModelState.SHADOWED : Reported.ModelState.ACTIVE);
    }

    private void show(PrintWriter out) {
        boolean singly = session.wanted().size() <= DEVICES_SINGLY;
        Map<String, String> now = new TreeMap<>();
        if (singly) {
            session.wanted().values().forEach(of -> now.put(of.device(), of.device() + "  " + line(of)));
        } else {
            now.put(
                    "",
                    session.wanted().values().stream()
                            .collect(Collectors.groupingBy(this::state, TreeMap::new, Collectors.counting()))
                            .entrySet()
                            .stream()
                            .map(it -> it.getValue() + " " + it.getKey())
                            .collect(Collectors.joining(", ")));
        }
        now.forEach((key, line) -> {
            if (!line.equals(shown.put(key, line))) {
                out.println(line);
                out.flush();
            }
        });
    }

    private String state(Desired wanted) {
        if (isSuperseded(wanted)) {
            return "superseded";
        }
        Reported.Model said = said(wanted);
        return said == null ? "pending" : said.state().name().toLowerCase(Locale.ROOT);
    }

    private String line(Desired wanted) {
        Reported.Model said = said(wanted);
        if (said != null && said.state() == Reported.ModelState.DOWNLOADING && said.total() > 0) {
            long percent = ModelRow.percent(said) / PERCENT_STEP * PERCENT_STEP;
            return state(wanted) + " " + percent + " % of " + said.total() + " bytes";
        }
        String reason = reason(wanted);
        return state(wanted) + (reason == null ? "" : ": " + TargetOptions.printable(reason));
    }

    private @Nullable String reason(Desired wanted) {
        Reported reported = session.reported(wanted.device());
        Reported.Model said = said(wanted);
        if (said != null) {
            return said.reason();
        }
        return reported != null && reported.config().state() == Reported.State.REFUSED
                ? reported.config().reason()
                : null;
    }

    /** Prints where it stands on each device, and returns the exit code. */
    int report(PrintWriter out, boolean json, boolean unwaited) {
        if (json) {
            out.println(json());
        } else {
            table().print(out);
            if (session.wanted().values().stream().anyMatch(of -> !isOver(of))) {
                out.println("how it goes on: fulmar fleet models " + release.name());
            }
        }
        out.flush();
        boolean good = session.wanted().values().stream().allMatch(this::isGood);
        return good || unwaited ? ExitCode.OK : ExitCode.FAILED;
    }

    private TextTable table() {
        var table = new TextTable(Set.of(2), "DEVICE", "MODEL", "RELEASE", "STATE", "REASON");
        for (Desired of : session.wanted().values()) {
            table.add(of.device(), release.name() + " " + release.version(), release.release(), state(of), reason(of));
        }
        return table;
    }

    private String json() {
        return QueryJson.object(json -> {
            json.writeStringProperty("model", release.name());
            json.writeStringProperty("version", release.version());
            json.writeNumberProperty("release", release.release());
            json.writeStringProperty("manifest", release.manifest());
            json.writeArrayPropertyStart("devices");
            for (Desired of : session.wanted().values()) {
                json.writeStartObject();
                json.writeStringProperty("device", of.device());
                json.writeNumberProperty("desired", of.version());
                json.writeStringProperty("state", state(of));
                QueryJson.text(json, "reason", reason(of));
                Reported.Model said = said(of);
                if (said != null) {
                    QueryJson.progress(json, said);
                }
                json.writeEndObject();
            }
            json.writeEndArray();
        });
    }
}
