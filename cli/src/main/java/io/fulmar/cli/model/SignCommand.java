package io.fulmar.cli.model;

import io.fulmar.cli.Durations;
import io.fulmar.cli.ExitCode;
import io.fulmar.model.pack.PackageException;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.pack.PackageWriter;
import io.fulmar.model.pack.ReleaseCheck;
import io.fulmar.model.pack.ReleaseStatement;
import io.fulmar.model.pack.Verdict;
import io.fulmar.model.pack.VerifiedModel;
import io.fulmar.model.trust.Dsse;
import io.fulmar.model.trust.SigningKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar model sign}: puts a release statement into a package, or one more signature to the one that it has. */
@Command(
        name = "sign",
        description = {
            "Signs a package: writes a release statement into it, which names the digest of its manifest.",
            "A package that is signed already gets one more signature to the same statement; --renew makes a new one."
        })
final class SignCommand implements Callable<Integer> {
    private static final Duration YEAR = Duration.ofDays(365);
    private static final Duration CENTURY = Duration.ofDays(36_500);

    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "PKG", description = "The folder of the package.")
    Path folder = Path.of("");

    @Option(
            names = "--key",
            paramLabel = "FILE",
            required = true,
            description = "A private key of the role release; repeatable.")
    List<Path> keys = List.of();

    @Option(
            names = "--expires",
            paramLabel = "DURATION",
            converter = Durations.class,
            description = "How long it may be installed, as 90d; what runs by then goes on. Default: 365d.")
    @Nullable
    Duration expires;

    @Option(
            names = "--floor",
            paramLabel = "RELEASE",
            description = "From now on no release of this model below this one. Default: 1.")
    @Nullable
    Long floor;

    @Option(names = "--renew", description = "Forget the statement and the signatures that the package has.")
    boolean renew;

    @Override
    public Integer call() throws IOException {
        CommandSpec command = Objects.requireNonNull(spec);
        PackageReader reader = PackageReader.open(folder);
        if (ReleaseCheck.files(reader.manifest(), reader)
                instanceof Verdict.Rejected<VerifiedModel>(var reason, String text)) {
            throw new PackageException(reason, folder + ": " + text); // nobody shall sign what no device would take
        }
        List<SigningKey> read = keys.stream().map(SigningKey::read).toList();
        byte[] before = renew ? null : reader.statement();
        Dsse envelope = before == null ? begin(command, reader, read) : join(command, reader, before, read);
        PackageWriter.sign(reader, envelope);
        print(command.commandLine().getOut(), ReleaseStatement.parse(envelope.unverifiedPayload()), envelope);
        return ExitCode.OK;
    }

    private Dsse begin(CommandSpec command, PackageReader reader, List<SigningKey> read) {
        long release = reader.manifest().release();
        if (floor != null && (floor < 1 || floor > release)) {
            throw new ParameterException(
                    command.commandLine(), "--floor must be 1 to " + release + ", the release of the package");
        }
        Duration lasting = expires == null ? YEAR : expires;
        if (lasting.isZero() || lasting.compareTo(CENTURY) > 0) {
            throw new ParameterException(
                    command.commandLine(), "--expires must be more than nothing and at most " + CENTURY.toDays() + "d");
        }
        Instant now = Instant.now().truncatedTo(ChronoUnit.SECONDS);
        Instant end = now.plus(lasting);
        return ReleaseStatement.of(
                        reader.manifestBytes(), floor == null ? 1 : floor, now.toEpochMilli(), end.toEpochMilli())
                .sign(read.toArray(SigningKey[]::new));
    }

    private Dsse join(CommandSpec command, PackageReader reader, byte[] before, List<SigningKey> read) {
        if (expires != null || floor != null) {
            throw new ParameterException(
                    command.commandLine(),
                    "the package is signed already, with its own end and floor; --renew makes a new statement");
        }
        Dsse envelope = Dsse.read(before);
        if (!envelope.payloadType().equals(Dsse.RELEASE)
                || !ReleaseStatement.parse(envelope.unverifiedPayload())
                        .manifest()
                        .equals(reader.manifestDigest())) {
            throw new ParameterException(
                    command.commandLine(),
                    "the package has a statement that is not for its manifest; --renew makes a new one");
        }
        for (SigningKey key : read) {
            envelope = envelope.signedBy(key);
        }
        return envelope;
    }

    private void print(PrintWriter out, ReleaseStatement statement, Dsse envelope) {
        out.printf("%s  %s %s, release %d%n", folder, statement.model(), statement.version(), statement.release());
        out.printf("  manifest    sha256:%s%n", statement.manifest());
        out.printf("  floor       %d%n", statement.floor());
        out.printf("  expires     %s%n", Instant.ofEpochMilli(statement.expiresMillis()));
        envelope.keyIds().forEach(id -> out.printf("  signed by   %s%n", id));
        out.flush();
    }
}
