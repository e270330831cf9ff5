package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Fields;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Published;
import io.fulmar.fleet.catalog.Releasers;
import io.fulmar.fleet.command.Assignment;
import io.fulmar.fleet.command.DesiredChanges;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.fleet.rollout.PlanException;
import io.fulmar.fleet.rollout.PublishedReleases;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.sync.wire.Desired;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JsonGenerator;

/** What a device, a group or all devices are to have, at once; {@link RolloutRoutes} does the same in waves. Thread-safe. */
public final class AssignRoutes {
    private final Reader reader;
    private final Catalog catalog;
    private final Path dataDir;
    private final DesiredChanges changes;

    /** @param dataDir with the trust root */
    public AssignRoutes(Reader reader, Catalog catalog, Path dataDir, DesiredChanges changes) {
        this.reader = reader;
        this.catalog = catalog;
        this.dataDir = dataDir;
        this.changes = changes;
    }

    public void addTo(Router router) {
        router.add(Verb.POST, "/api/v1/assignments", Role.OPERATOR, this::assign);
        router.add(Verb.POST, "/api/v1/configurations", Role.OPERATOR, this::configure);
    }

    /** The devices that a request is about, and how it names them. */
    private record Target(String text, List<String> devices) {}

    private Answer assign(Call call) {
        Fields fields = call.fields();
        String model = fields.text("model");
        String version = fields.optionalText("version");
        Long number = fields.optionalNumber("release");
        Long shadowSeconds = fields.optionalNumber("shadowSeconds");
        boolean remove = fields.flag("remove");
        Target target = target(fields);
        fields.done();
        if (remove) {
            if (version != null || number != null || shadowSeconds != null) {
                throw Problem.malformed("With 'remove' only the 'model' is named: a device has one release of it");
            }
            call.audit(target.text(), model + ": assigned no longer");
            return done(
                    null,
                    changed(target, (before, next, reported) -> Assignment.without(model, before, next)),
                    json -> json.writeStringProperty("model", model));
        }
        long shadowMillis = shadowMillis(shadowSeconds);
        Published release = release(model, version, number);
        call.audit(target.text(), release.text() + (shadowMillis > 0 ? " beside the active one" : ""));
        var assignment = new Assignment(
                new Desired.Model(
                        model,
                        release.manifest().version().toString(),
                        release.manifest().release(),
                        release.manifestDigest(),
                        release.manifestBytes(),
                        release.statement()),
                shadowMillis);
        return done(assignment, changed(target, assignment::in), json -> {
            json.writeStringProperty("model", model);
            json.writeStringProperty("version", assignment.release().version());
            json.writeNumberProperty("release", assignment.release().release());
            json.writeStringProperty("manifest", assignment.release().manifest());
        });
    }

    /** The device checks it: what may be configured depends on its version. */
    private Answer configure(Call call) {
        Fields fields = call.fields();
        String toml = fields.optionalText("toml");
        Target target = target(fields);
        fields.done();
        if (toml == null) {
            throw Problem.malformed("'toml' is missing; an empty text takes back what was set");
        }
        Desired.Config config = Desired.Config.of(toml);
        call.audit(target.text(), toml.isEmpty() ? "nothing is set any more" : "SHA-256 " + config.sha256());
        return done(
                null,
                changed(
                        target,
                        (before, version, reported) -> before.config().equals(config)
                                ? before
                                : new Desired(version, before.device(), config, before.models())),
                json -> json.writeStringProperty("sha256", config.sha256()));
    }

    private List<DesiredChanges.Result> changed(Target target, DesiredChanges.Change change) {
        try {
            return changes.change(target.devices(), change);
        } catch (FleetException e) {
            throw e.category() == FleetException.Category.PERMANENT
                    ? Problem.conflict(String.valueOf(e.getMessage()), e.hint())
                    : e;
        }
    }

    private static long shadowMillis(@Nullable Long seconds) {
        if (seconds == null) {
            return 0;
        }
        long most = io.fulmar.sync.wire.Limits.SHADOW_MILLIS / 1000;
        if (seconds < 1 || seconds > most) {
            throw Problem.malformed("'shadowSeconds' must be from 1 to " + most);
        }
        return seconds * 1000;
    }

    private Published release(String model, @Nullable String version, @Nullable Long number) {
        try {
            String manifest = new PublishedReleases(catalog)
                    .find(model, version, number, null)
                    .manifest();
            Published release = catalog.list().stream()
                    .filter(it -> it.manifestDigest().equals(manifest))
                    .findFirst()
                    .orElseThrow(() -> Problem.absent("The release has gone from the catalogue"));
            Releasers.require(FleetTrust.read(dataDir), PackageReader.open(release.folder()));
            return release;
        } catch (PlanException e) {
            throw Problem.senseless(String.valueOf(e.getMessage()), null);
        } catch (PackageException e) {
            throw Problem.senseless(String.valueOf(e.getMessage()), e.hint());
        }
    }

    private Target target(Fields fields) {
        String device = fields.optionalText("device");
        String group = fields.optionalText("group");
        boolean all = fields.flag("all");
        if ((device == null ? 0 : 1) + (group == null ? 0 : 1) + (all ? 1 : 0) != 1) {
            throw Problem.malformed("Name a 'device', or a 'group', or say 'all': true");
        }
        Target target = reader.read(queries -> {
            if (device != null) {
                return new Target(device, queries.knows(device) ? List.of(device) : List.of());
            }
            return group == null
                    ? new Target("all devices", queries.names())
                    : new Target("group " + group, queries.members(group));
        });
        if (target.devices().isEmpty()) {
            throw Problem.absent(
                    device != null
                            ? "No device with the id " + device + " was ever heard of or enrolled"
                            : group == null
                                    ? "No device was ever heard of or enrolled"
                                    : "No device says that it is of the group " + group);
        }
        if (target.devices().size() > Limits.CHANGED_DEVICES) {
            throw Problem.senseless(
                    "These are more than " + Limits.CHANGED_DEVICES + " devices",
                    "so many are told in a rollout: POST /api/v1/rollouts");
        }
        return target;
    }

    private static Answer done(
            @Nullable Assignment assignment, List<DesiredChanges.Result> results, QueryJson.Members about) {
        return Answer.object(json -> {
            about.write(json);
            DeviceRoutes.array(json, "devices", results, (out, result) -> {
                out.writeStringProperty("device", result.device());
                out.writeNumberProperty(
                        "desired", result.wanted() == null ? 0 : result.wanted().version());
                out.writeBooleanProperty("changed", result.changed());
                QueryJson.text(out, "refusal", result.refusal());
                if (assignment != null) {
                    assigned(out, assignment, result.wanted());
                }
            });
        });
    }

    private static void assigned(JsonGenerator json, Assignment assignment, @Nullable Desired wanted) {
        long assigned = wanted == null
                ? 0
                : wanted.models().stream()
                        .filter(it -> Objects.equals(
                                it.manifest(), assignment.release().manifest()))
                        .mapToLong(Desired.Model::assigned)
                        .findFirst()
                        .orElse(0);
        json.writeNumberProperty("assigned", assigned);
    }
}
