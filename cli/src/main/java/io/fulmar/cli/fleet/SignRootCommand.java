package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.Succession;
import io.fulmar.model.trust.TrustChain;
import io.fulmar.model.trust.TrustRoot;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet key sign}: vouches for the trust root that is to follow. Owned by the main thread. */
@Command(
        name = "sign",
        description = {
            "Signs a trust root that is to follow another. One signs after the other, each on their own machine: as many"
                    + " root keys of the old one as it asks for, and as many of the new one's own.",
            "Without --key: shows who has signed."
        })
final class SignRootCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Parameters(paramLabel = "ROOT", description = "The trust root, as 'fulmar fleet key trust' makes it.")
    Path root = Path.of("");

    @Option(
            names = {"-o", "--output"},
            required = true,
            paramLabel = "FILE",
            description = "The envelope with the signatures; one that is there gets one more.")
    Path envelope = Path.of("");

    @Option(names = "--key", paramLabel = "FILE", description = "Sign with this private key.")
    @Nullable
    Path key;

    @Option(
            names = "--follows",
            paramLabel = "OLD",
            description = "Say whether it is enough to follow this trust root.")
    @Nullable
    Path old;

    @Override
    public Integer call() throws IOException {
        TrustRoot next = TrustRoot.read(root);
        @Nullable Dsse signed = Files.exists(envelope) ? read(next) : null;
        if (key != null) {
            SigningKey signer = SigningKey.read(key);
            signed = signed == null ? Dsse.sign(Dsse.TRUST_ROOT, next.toJson(), signer) : signed.signedBy(signer);
            write(signed.toJson());
        }
        PrintWriter out = spec.commandLine().getOut();
        out.println(root + ", version " + next.version());
        if (signed == null) {
            out.println("  nobody has signed it");
        } else {
            signed.keyIds().forEach(id -> out.println("  signed by  " + id + name(next, id)));
        }
        boolean good = old == null || signed == null || follows(out, TrustRoot.read(old), signed);
        out.flush();
        return good ? ExitCode.OK : ExitCode.FAILED;
    }

    private static String name(TrustRoot next, String id) {
        return next.keys().stream()
                .filter(it -> it.key().id().equals(id) && it.name() != null)
                .map(it -> "  " + TargetOptions.printable(String.valueOf(it.name())))
                .findFirst()
                .orElse("");
    }

    private static boolean follows(PrintWriter out, TrustRoot before, Dsse signed) {
        return switch (TrustChain.parse(signed.toJson()).follow(before)) {
            case Succession.Accepted _ -> {
                out.println("  it can follow version " + before.version());
                yield true;
            }
            case Succession.Known _ -> true;
            case Succession.Refused(String reason) -> {
                out.println("  it cannot follow version " + before.version() + " yet: " + reason);
                yield false;
            }
        };
    }

    private Dsse read(TrustRoot next) throws IOException {
        Dsse there = Dsse.read(Files.readAllBytes(envelope));
        if (!there.payloadType().equals(Dsse.TRUST_ROOT) || !Arrays.equals(there.unverifiedPayload(), next.toJson())) {
            throw new FleetException(
                    Category.PERMANENT,
                    envelope + " is not the envelope of " + root,
                    "choose another name for it; nothing is overwritten");
        }
        return there;
    }

    private void write(byte[] bytes) throws IOException {
        Path part = envelope.resolveSibling(envelope.getFileName() + ".new");
        Files.write(part, bytes);
        Files.move(part, envelope, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
}
