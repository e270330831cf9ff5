package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.api.routes.IdentityRoutes;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.IdentityRow;
import io.fulmar.fleet.query.QueryJson;
import java.io.PrintWriter;
import java.util.Comparator;
import java.util.List;
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
        description = {
            "Lists the devices that were invited, enrolled or revoked, with the newest certificate of each.",
            "Reads the database, whether or not the service runs; with --url asks a service."
        })
final class IdentitiesCommand implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    ApiOptions api = new ApiOptions();

    @Option(names = "--json", description = "Print JSON, a device a line.")
    boolean json;

    @Option(names = "--all", description = "List every certificate, not only the newest.")
    boolean all;

    @Override
    public Integer call() {
        List<IdentityRow> rows = rows();
        if (json) {
            PrintWriter out = spec.commandLine().getOut();
            rows.forEach(row -> out.println(QueryJson.object(one -> IdentityRoutes.identity(one, row))));
            out.flush();
            return ExitCode.OK;
        }
        var table = new TextTable(Set.of(), "DEVICE", "STATE", "GROUPS", "ENROLLED", "CERTIFICATE", "GOOD UNTIL");
        for (IdentityRow row : rows) {
            var certificates = row.certificates().stream()
                    .sorted(Comparator.comparingLong(IdentityRow.CertificateRow::issuedMillis)
                            .reversed())
                    .limit(all ? Long.MAX_VALUE : 1)
                    .toList();
            String groups = String.join(" ", row.groups().stream().sorted().toList());
            if (certificates.isEmpty()) {
                table.add(row.device(), row.state(), groups, "", "", "");
            }
            for (IdentityRow.CertificateRow certificate : certificates) {
                table.add(
                        row.device(),
                        certificate.revokedMillis() == null ? row.state() : "revoked",
                        groups,
                        Times.text(certificate.issuedMillis()),
                        certificate.serial(),
                        Times.text(certificate.notAfterMillis()));
            }
        }
        table.print(spec.commandLine().getOut());
        return ExitCode.OK;
    }

    private List<IdentityRow> rows() {
        if (!api.elsewhere()) {
            return Enrolments.existing(api.data.directory()).list();
        }
        try (ApiClient client = api.client()) {
            return client.all(ApiClient.path("identities")).stream()
                    .map(ApiRows::identity)
                    .toList();
        }
    }
}
