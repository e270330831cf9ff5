package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.catalog.Publication;
import io.fulmar.fleet.catalog.Releasers;
import io.fulmar.fleet.catalog.Uploads;
import io.fulmar.fleet.catalog.Uploads.Taken;
import io.fulmar.fleet.catalog.Yank;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.trust.TrustRoot;
import java.nio.file.Path;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** How releases get into the catalogue and are withdrawn. Thread-safe. */
public final class PublishRoutes {
    private static final String UPLOAD = "/api/v1/uploads/{image}";
    private static final String FILE = UPLOAD + "/files/{file}";
    private static final String YANK = "/api/v1/models/{model}/releases/{release}/yank";

    private final Catalog catalog;
    private final Path dataDir;
    private final Uploads uploads;
    private final InstantSource clock;

    /** @param dataDir with the trust root */
    public PublishRoutes(Catalog catalog, Path dataDir, InstantSource clock) {
        this.catalog = catalog;
        this.dataDir = dataDir;
        this.uploads = new Uploads(dataDir, clock);
        this.clock = clock;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, FILE, Role.PUBLISHER, this::received);
        router.add(Verb.PUT, FILE, Role.PUBLISHER, this::take);
        router.add(Verb.POST, UPLOAD + "/publish", Role.PUBLISHER, this::publish);
        router.add(Verb.POST, YANK, Role.PUBLISHER, this::yank);
        router.add(Verb.DELETE, YANK, Role.PUBLISHER, this::unyank);
    }

    private Answer received(Call call) {
        return answer(uploads.received(image(call), file(call)));
    }

    private Answer take(Call call) {
        String image = image(call);
        String file = file(call);
        long offset = number(call, "offset");
        long size = number(call, "size");
        return switch (uploads.take(image, file, offset, size, call.stream())) {
            case Taken.Bytes bytes -> answer(bytes);
            case Taken.Elsewhere(long bytes) ->
                throw Problem.conflict(
                        "There are " + bytes + " bytes of this file, and this piece begins at " + offset,
                        "go on at " + bytes);
            case Taken.Busy busy ->
                throw Problem.conflict("Somebody else is sending this file", "try again in a little while");
            case Taken.Refused(String reason) -> throw Problem.senseless(reason, null);
        };
    }

    private static Answer answer(Taken.Bytes bytes) {
        return Answer.object(json -> {
            json.writeNumberProperty("bytes", bytes.bytes());
            json.writeBooleanProperty("whole", bytes.whole());
        });
    }

    /** The golden cases are run by who sends it and by each device, not here: a model is native code's input. */
    private Answer publish(Call call) {
        String image = image(call);
        try {
            PackageReader reader = PackageReader.open(uploads.folder(image));
            if (!reader.imageDigest().equals(image)) {
                throw Problem.senseless("What was sent is the package " + reader.imageDigest(), null);
            }
            ModelManifest manifest = reader.manifest();
            TrustRoot trust = FleetTrust.read(dataDir);
            boolean signed = Releasers.require(trust, reader);
            Releasers.required(reader, ReleaseCheck.files(manifest, reader));
            Publication publication = catalog.publish(reader, trust);
            uploads.delete(image);
            String location = "/api/v1/models/" + manifest.name() + "/releases/" + manifest.release();
            call.audit(manifest.name() + " " + manifest.version(), "release " + manifest.release());
            return Answer.created(location, json -> {
                json.writeStringProperty("model", manifest.name());
                json.writeStringProperty("version", manifest.version().toString());
                json.writeNumberProperty("release", manifest.release());
                json.writeStringProperty("manifest", reader.manifestDigest());
                json.writeStringProperty("publication", publication.text());
                json.writeBooleanProperty("changesStatement", publication.changesStatement());
                json.writeBooleanProperty("signed", signed);
            });
        } catch (PackageException e) {
            String text = String.valueOf(e.getMessage());
            throw Problem.senseless(text.replace(uploads.folder(image).toString(), "the package"), e.hint());
        } catch (FleetException e) {
            throw e.category() == Category.PERMANENT ? Problem.conflict(String.valueOf(e.getMessage()), e.hint()) : e;
        }
    }

    private Answer yank(Call call) {
        var fields = call.fields();
        String reason = fields.text("reason");
        fields.done();
        if (reason.length() > Limits.YANK_REASON_CHARS) {
            throw Problem.malformed("'reason' has at most " + Limits.YANK_REASON_CHARS + " characters");
        }
        call.audit(call.path("model") + "@" + call.path("release"), reason);
        var yank = new Yank(clock.millis(), call.caller().name(), reason);
        require(catalog.yank(call.path("model"), release(call), yank), call);
        return Answer.nothing();
    }

    private Answer unyank(Call call) {
        call.audit(call.path("model") + "@" + call.path("release"), null);
        require(catalog.unyank(call.path("model"), release(call)), call);
        return Answer.nothing();
    }

    private static void require(boolean found, Call call) {
        if (!found) {
            throw Problem.absent("There is no release " + call.path("release") + " of a model " + call.path("model")
                    + " in the catalogue");
        }
    }

    private static long release(Call call) {
        Long number = number(call.path("release"));
        return number == null ? -1 : number;
    }

    private static long number(Call call, String name) {
        String text = call.query(name);
        Long number = text == null ? null : number(text);
        if (number == null || number < 0) {
            throw Problem.malformed("'" + name + "' is not a number of bytes");
        }
        return number;
    }

    private static @Nullable Long number(String text) {
        try {
            return Long.valueOf(text);
        } catch (NumberFormatException e) {
            return null;
        }
    }

    private static String image(Call call) {
        String image = call.path("image");
        if (!Uploads.isName(image)) {
            throw Problem.absent("A package is named by the SHA-256 of its image manifest");
        }
        return image;
    }

    private static String file(Call call) {
        String file = call.path("file");
        if (!Uploads.isFile(file)) {
            throw Problem.absent("A file of a package is oci-layout, index.json or the SHA-256 of a blob");
        }
        return file;
    }
}
