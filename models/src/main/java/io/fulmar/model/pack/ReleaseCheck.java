package io.fulmar.model.pack;

import io.fulmar.model.pack.ModelManifest.FileEntry;
import io.fulmar.model.pack.ModelManifest.TensorEntry;
import io.fulmar.model.pack.Verdict.Rejected;
import io.fulmar.model.pack.Verdict.Verified;
import io.fulmar.model.tflite.ModelException;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.TensorDescription;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.model.trust.Verification;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

/**
 * Whether a device may install a release: first the statement, then the manifest that it names, then the files that the
 * manifest names, and only of bytes that passed all of it a model is made. Each step can be taken by itself, as the bytes
 * arrive. Immutable.
 */
public final class ReleaseCheck {
    private final TrustRoot root;
    private final Floors floors;
    private final DeviceClass device;
    private final long notBeforeMillis;

    /**
     * What the device holds against a release.
     *
     * @param notBeforeMillis a time that has certainly passed, in milliseconds since 1970
     */
    public ReleaseCheck(TrustRoot root, Floors floors, DeviceClass device, long notBeforeMillis) {
        this.root = root;
        this.floors = floors;
        this.device = device;
        this.notBeforeMillis = notBeforeMillis;
    }

    /** Everything about a package on disk. */
    public Verdict<VerifiedModel> check(Path folder) {
        try {
            return check(PackageReader.open(folder));
        } catch (PackageException e) {
            return rejected(e);
        }
    }

    /** Everything about a package. */
    public Verdict<VerifiedModel> check(PackageReader reader) {
        byte[] envelope = reader.statement();
        if (envelope == null) {
            return new Rejected<>(Reason.UNSIGNED, "the package has no release statement");
        }
        return switch (statement(envelope)) {
            case Rejected<ReleaseStatement>(Reason reason, String text) -> new Rejected<>(reason, text);
            case Verified<ReleaseStatement>(ReleaseStatement statement) ->
                switch (manifest(statement, reader.manifestBytes())) {
                    case Rejected<ModelManifest>(Reason reason, String text) -> new Rejected<>(reason, text);
                    case Verified<ModelManifest>(ModelManifest manifest) -> files(manifest, reader);
                };
        };
    }

    /** Whether enough releasers signed the statement in this envelope, and it still counts. */
    public Verdict<ReleaseStatement> statement(byte[] envelope) {
        if (envelope.length > Limits.STATEMENT_BYTES) {
            return new Rejected<>(Reason.TOO_LARGE, "the release statement has " + envelope.length + " bytes");
        }
        try {
            return switch (root.verify(TrustRole.RELEASE, Dsse.RELEASE, envelope)) {
                case Verification.Rejected rejected ->
                    new Rejected<>(reason(rejected.kind()), "the release statement: " + rejected.reason());
                case Verification.Verified verified -> current(ReleaseStatement.parse(verified.payload()));
            };
        } catch (PackageException e) {
            return rejected(e);
        }
    }

    private static Reason reason(Verification.Rejected.Kind kind) {
        return switch (kind) {
            case MALFORMED -> Reason.MALFORMED;
            case NOBODY, UNKNOWN_KEY -> Reason.UNKNOWN_KEY;
            case WRONG_SIGNATURE -> Reason.WRONG_SIGNATURE;
            case TOO_FEW -> Reason.TOO_FEW_SIGNATURES;
        };
    }

    private Verdict<ReleaseStatement> current(ReleaseStatement statement) {
        if (notBeforeMillis >= statement.expiresMillis()) {
            return new Rejected<>(
                    Reason.EXPIRED,
                    "the release statement counted until " + Instant.ofEpochMilli(statement.expiresMillis()));
        }
        long floor = floors.floor(statement.model());
        if (statement.release() < floor) {
            return new Rejected<>(
                    Reason.BELOW_FLOOR,
                    statement.model() + " release " + statement.release() + " is below " + floor
                            + ", the lowest that is still taken");
        }
        return new Verified<>(statement);
    }

    /** Whether these are the bytes of the model manifest that a verified statement names, and it is for this device. */
    public Verdict<ModelManifest> manifest(ReleaseStatement statement, byte[] bytes) {
        return switch (named(statement, bytes)) {
            case Verified<ModelManifest>(ModelManifest manifest) -> suits(manifest, device);
            case Rejected<ModelManifest> rejected -> rejected;
        };
    }

    /** Whether these are the bytes of the model manifest that a verified statement names, whatever device it is for. */
    public static Verdict<ModelManifest> named(ReleaseStatement statement, byte[] bytes) {
        try {
            Digest.require("the model manifest", bytes, statement.manifest(), statement.size());
            ModelManifest manifest = ModelManifest.parse(bytes);
            if (!manifest.name().equals(statement.model())
                    || !manifest.version().equals(statement.version())
                    || manifest.release() != statement.release()) {
                return new Rejected<>(
                        Reason.OTHER_RELEASE,
                        "the statement is for " + statement.model() + " " + statement.version() + ", release "
                                + statement.release() + ", but the manifest for " + manifest.name() + " "
                                + manifest.version() + ", release " + manifest.release());
            }
            return new Verified<>(manifest);
        } catch (PackageException e) {
            return rejected(e);
        }
    }

    /** Whether a model is made for this device. */
    public static Verdict<ModelManifest> suits(ModelManifest manifest, DeviceClass device) {
        List<String> devices = manifest.devices();
        if (!devices.isEmpty() && (device.board() == null || !devices.contains(device.board()))) {
            return new Rejected<>(
                    Reason.OTHER_DEVICE,
                    "it is for " + String.join(", ", devices) + ", and this device is "
                            + (device.board() == null ? "of no named board" : device.board()));
        }
        if (!manifest.runtime().contains(device.runtime())) {
            return new Rejected<>(
                    Reason.RUNTIME, "it is for agents " + manifest.runtime() + ", and this one is " + device.runtime());
        }
        return new Verified<>(manifest);
    }

    /**
     * Whether every file of a manifest is there with exactly its bytes, and the model is one that this runtime can run. Without
     * a check of the statement and the manifest before, it only says that a package is whole.
     */
    public static Verdict<VerifiedModel> files(ModelManifest manifest, Blobs blobs) {
        try {
            for (FileEntry file : manifest.files()) {
                if (file.role() != ModelManifest.Role.MODEL) {
                    blobs.read(file.name(), file.sha256(), file.size());
                }
            }
            return model(manifest, blobs);
        } catch (PackageException e) {
            return rejected(e);
        }
    }

    /** The model of a manifest that was verified before, read again: for the start of a device. */
    public static Verdict<VerifiedModel> model(ModelManifest manifest, Blobs blobs) {
        try {
            FileEntry file = manifest.model();
            byte[] bytes = blobs.read(file.name(), file.sha256(), file.size());
            Digest.require(file.name(), bytes, file.sha256(), file.size()); // whatever found them
            ModelFile model = ModelFile.of(manifest.name() + " " + manifest.version() + ", " + file.name(), bytes);
            requireTensors("input", manifest.inputs(), model.description().inputs());
            requireTensors("output", manifest.outputs(), model.description().outputs());
            return new Verified<>(new VerifiedModel(manifest, model));
        } catch (ModelException e) {
            return new Rejected<>(
                    e.isMissingOperator() ? Reason.MISSING_OP : Reason.BAD_MODEL, String.valueOf(e.getMessage()));
        } catch (PackageException e) {
            return rejected(e);
        }
    }

    private static void requireTensors(String what, List<TensorEntry> said, List<TensorDescription> actual) {
        if (said.size() != actual.size()) {
            throw new PackageException(
                    Reason.OTHER_TENSORS,
                    "the manifest says " + said.size() + " " + what + "s, and the model has " + actual.size());
        }
        for (int i = 0; i < said.size(); i++) {
            TensorEntry tensor = TensorEntry.of(actual.get(i));
            if (!said.get(i).equals(tensor)) {
                throw new PackageException(
                        Reason.OTHER_TENSORS,
                        "the manifest says " + said.get(i) + " for " + what + " " + i + ", and the model has "
                                + tensor);
            }
        }
    }

    private static <T> Verdict<T> rejected(PackageException e) {
        return new Rejected<>(e.reason(), String.valueOf(e.getMessage()));
    }
}
