package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.IdentityRow;
import java.util.Comparator;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet identities}: who may take part. Owned by the main thread. */
@Command(
        name = "identities",
        description = "Lists the devices that were invited, enrolled or revoked, with the newest certificate of each.")
final class IdentitiesCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    DataOption data = new DataOption();

    @Option(names = "--all", description = "List every certificate, not only the newest.")
    boolean all;

    @Override
    public Integer call() {
        Enrolments enrolments = Enrolments.existing(data.directory());
        var table = new TextTable(Set.of(), "DEVICE", "STATE", "GROUPS", "ENROLLED", "CERTIFICATE", "GOOD UNTIL");
        for (IdentityRow row : enrolments.list()) {
            var certificates = row.certificates().stream()
                    .sorted(Comparator.comparingLong(IdentityRow.CertificateRow::issuedMillis)
                            .reversed())
                    .limit(all ? Long.MAX_VALUE : 1)
                    .toList();
            String groups = String.join(" ", row.groups().stream().sorted().toList());
            if (certificates.isEmpty()) {
                table.add(row.device(), state(row), groups, "", "", "");
            }
            for (IdentityRow.CertificateRow certificate : certificates) {
                table.add(
                        row.device(),
                        certificate.revokedMillis() == null ? state(row) : "revoked",
                        groups,
                        Times.text(certificate.issuedMillis()),
                        certificate.serial(),
                        Times.text(certificate.notAfterMillis()));
            }
        }
        table.print(spec.commandLine().getOut());
        return ExitCode.OK;
    }

    private static String state(IdentityRow row) {
        if (row.revokedMillis() != null) {
            return "revoked";
        }
        return row.enrolledMillis() == null ? "invited" : "enrolled";
    }
}
