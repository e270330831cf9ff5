package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.identity.Enrolments;
import io.fulmar.fleet.identity.IdentityRow;
import io.fulmar.fleet.query.QueryJson;
import java.time.InstantSource;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** Which devices were invited, enrolled or revoked. Thread-safe. */
public final class IdentityRoutes {
    private final Database database;
    private final InstantSource clock;

    public IdentityRoutes(Database database, InstantSource clock) {
        this.database = database;
        this.clock = clock;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, "/api/v1/identities", Role.VIEWER, this::list);
    }

    private Answer list(Call call) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        String after = call.after();
        List<IdentityRow> found = Enrolments.list(database, clock.millis(), after == null ? "" : after, limit + 1);
        return Paging.page(found, limit, IdentityRow::device, IdentityRoutes::identity);
    }

    /** The members of one. */
    public static void identity(JsonGenerator json, IdentityRow row) {
        json.writeStringProperty("device", row.device());
        json.writeStringProperty("state", row.state());
        json.writeArrayPropertyStart("groups");
        row.groups().stream().sorted().forEach(json::writeString);
        json.writeEndArray();
        QueryJson.text(json, "enrolled", QueryJson.time(row.enrolledMillis()));
        QueryJson.text(json, "revoked", QueryJson.time(row.revokedMillis()));
        DeviceRoutes.array(json, "certificates", row.certificates(), (out, certificate) -> {
            out.writeStringProperty("serial", certificate.serial());
            out.writeStringProperty("issued", QueryJson.time(certificate.issuedMillis()));
            out.writeStringProperty("notAfter", QueryJson.time(certificate.notAfterMillis()));
            QueryJson.text(out, "revoked", QueryJson.time(certificate.revokedMillis()));
        });
    }
}
