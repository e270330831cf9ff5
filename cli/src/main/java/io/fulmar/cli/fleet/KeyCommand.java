package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.cli.MakeKey;
import io.fulmar.fleet.command.FleetTrust;
import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import io.fulmar.model.trust.VerifyingKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet key}: the keys of operators, and the file that says whom devices trust. Owned by the main thread. */
@Command(
        name = "key",
        description = "Makes the keys that commands are signed with, and the trust root that devices check them by.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            KeyCommand.New.class,
            KeyCommand.Show.class,
            KeyCommand.Trust.class,
            SignRootCommand.class,
            RotateCommand.class
        })
final class KeyCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing after 'key'");
        }
    }

    /** {@code fulmar fleet key new}. Owned by the main thread. */
    @Command(
            name = "new",
            description = {
                "Makes an Ed25519 key pair: FILE, which only you can read, and FILE.pub, for everybody.",
                "Nothing is overwritten. Whoever has FILE can sign commands: keep it away from the fleet's machine."
            })
    static final class New extends MakeKey {}

    private static boolean isPublicKey(Path file) throws IOException {
        return Files.size(file) < 8192 && Files.readString(file).strip().startsWith("-----BEGIN PUBLIC KEY");
    }

    /** {@code fulmar fleet key show}. Owned by the main thread. */
    @Command(name = "show", description = "Shows the id and the public key of a key file, never the private one.")
    static final class Show implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Parameters(paramLabel = "FILE", description = "A private or a public key.")
        @SuppressWarnings("NullAway.Init")
        Path file;

        @Override
        public Integer call() throws IOException {
            VerifyingKey key = isPublicKey(file)
                    ? VerifyingKey.read(file)
                    : SigningKey.read(file).verifyingKey();
            PrintWriter out = spec.commandLine().getOut();
            out.println("id  " + key.id());
            out.print(key.pem());
            out.flush();
            return ExitCode.OK;
        }
    }

    /** {@code fulmar fleet key trust}. Owned by the main thread. */
    @Command(
            name = "trust",
            description = {
                "Writes the trust root: whose signatures devices need. Without keys it shows the one that is there.",
                "A device takes it by [trust] root = \"trust.json\", or when it enrols; the one that follows it also from the"
                        + " fleet: fulmar fleet key trust NEXT --follows OLD, then key sign, then key rotate."
            })
    static final class Trust implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Parameters(
                arity = "0..1",
                paramLabel = "FILE",
                description = "Default: trust.json in the fleet's data directory.")
        @Nullable
        Path file;

        @Option(
                names = "--operator",
                paramLabel = "PUB",
                description = "Public key of one who may sign commands and configurations; repeatable.")
        List<Path> operators = List.of();

        @Option(
                names = "--release",
                paramLabel = "PUB",
                description = "Public key of one who may release models; repeatable.")
        List<Path> releasers = List.of();

        @Option(
                names = "--root",
                paramLabel = "PUB",
                description = "Public key of one who may sign the next trust root; repeatable.")
        List<Path> roots = List.of();

        @Option(
                names = "--threshold",
                paramLabel = "ROLE=N",
                description = "How many keys of a role must sign, as operator=2; default: 1.")
        Map<String, Integer> thresholds = new LinkedHashMap<>();

        @Option(
                names = "--replace",
                description = "Replace the file by one with the next version, which devices must be given by hand.")
        boolean replace;

        @Option(
                names = "--follows",
                paramLabel = "OLD",
                description = "Make the one that is to follow this trust root; it counts once it is signed.")
        @Nullable
        Path follows;

        @Mixin
        DataOption data = new DataOption();

        @Override
        public Integer call() throws IOException {
            Path target = file == null ? FleetTrust.file(data.directory()) : file;
            PrintWriter out = spec.commandLine().getOut();
            if (operators.isEmpty() && releasers.isEmpty() && roots.isEmpty()) {
                if (Files.exists(target) && isPublicKey(target)) {
                    throw new ParameterException(
                            spec.commandLine(),
                            target + " is a public key: say what it may sign with --operator, --release or --root");
                }
                show(TrustRoot.read(target), target, out);
                return ExitCode.OK;
            }
            Path folder = target.toAbsolutePath().getParent();
            if (file == null && folder != null) {
                Files.createDirectories(folder);
            }
            boolean next = replace && Files.exists(target);
            TrustRoot root = root(follows != null ? following(follows) : next ? replacing(target) : 1);
            if (next) {
                root.replace(target);
            } else {
                root.write(target);
            }
            show(root, target, out);
            return ExitCode.OK;
        }

        private int following(Path old) {
            TrustRoot before = TrustRoot.read(old);
            if (!before.names(TrustRole.ROOT)) {
                throw new ParameterException(
                        spec.commandLine(),
                        old + " names no root keys, so no other can follow it: give devices the new one by hand");
            }
            if (roots.isEmpty() || file == null || replace) {
                throw new ParameterException(
                        spec.commandLine(),
                        "with --follows: a new FILE, at least one --root PUB for the one after it, and no --replace");
            }
            return before.version() + 1;
        }

        private int replacing(Path target) {
            TrustRoot before = TrustRoot.read(target);
            if (before.names(TrustRole.ROOT)) {
                throw new ParameterException(
                        spec.commandLine(),
                        target + " names root keys, so devices want the next one signed by them: use --follows "
                                + target);
            }
            return before.version() + 1;
        }

        private TrustRoot root(int version) {
            Map<VerifyingKey, TrustRoot.Key> keys = new LinkedHashMap<>();
            Map<TrustRole, TrustRoot.Signers> roles = new EnumMap<>(TrustRole.class);
            for (TrustRole role : TrustRole.values()) {
                List<Path> files = switch (role) {
                    case OPERATOR -> operators;
                    case RELEASE -> releasers;
                    case ROOT -> roots;
                };
                List<String> ids = new ArrayList<>();
                for (Path publicKey : files) {
                    VerifyingKey key = VerifyingKey.read(publicKey);
                    keys.putIfAbsent(key, new TrustRoot.Key(key, name(publicKey)));
                    ids.add(key.id());
                }
                Integer threshold = thresholds.remove(role.text());
                int needed = threshold == null ? 1 : threshold;
                if (threshold != null && (needed < 1 || needed > ids.size())) {
                    throw new ParameterException(
                            spec.commandLine(),
                            "--threshold asks for " + needed + " keys of the role " + role.text() + ", which has "
                                    + ids.size());
                }
                if (!ids.isEmpty()) {
                    roles.put(role, new TrustRoot.Signers(ids, needed));
                }
            }
            if (!thresholds.isEmpty()) {
                throw new ParameterException(
                        spec.commandLine(), "--threshold knows operator, release and root, not " + thresholds.keySet());
            }
            return TrustRoot.of(version, List.copyOf(keys.values()), roles);
        }

        private static String name(Path publicKey) {
            String name = String.valueOf(publicKey.getFileName()).replaceAll("\\.(key\\.)?pub$", "");
            return name.substring(0, Math.min(64, name.length()));
        }

        static void show(TrustRoot root, Path file, PrintWriter out) {
            out.println(file + ", version " + root.version());
            for (TrustRole role : TrustRole.values()) {
                TrustRoot.Signers signers = root.signers(role);
                if (signers == null) {
                    out.println(role.text() + ": nobody, so no signature is needed");
                    continue;
                }
                out.println(role.text() + ": " + signers.threshold() + " of");
                for (TrustRoot.Key key : root.keys()) {
                    if (signers.keyIds().contains(key.key().id())) {
                        out.println("  " + key.key().id()
                                + (key.name() == null ? "" : "  " + TargetOptions.printable(key.name())));
                    }
                }
            }
            out.flush();
        }
    }
}
