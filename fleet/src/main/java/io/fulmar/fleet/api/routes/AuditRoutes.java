package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.AuditEntry;
import io.fulmar.fleet.api.security.AuditLog;
import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.query.QueryJson;
import java.util.List;
import tools.jackson.core.JsonGenerator;

/** Who asked for which change. Thread-safe. */
public final class AuditRoutes {
    private final AuditLog audit;

    public AuditRoutes(AuditLog audit) {
        this.audit = audit;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, "/api/v1/audit", Role.OPERATOR, this::list);
    }

    private Answer list(Call call) {
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        List<AuditEntry> found = audit.list(call.afterNumber(), limit + 1);
        return Paging.page(found, limit, entry -> Long.toString(entry.number()), AuditRoutes::entry);
    }

    private static void entry(JsonGenerator json, AuditEntry entry) {
        json.writeNumberProperty("number", entry.number());
        json.writeStringProperty("at", QueryJson.time(entry.atMillis()));
        json.writeStringProperty("caller", entry.caller());
        json.writeStringProperty("name", entry.name());
        json.writeStringProperty("role", entry.role());
        json.writeStringProperty("what", entry.what());
        json.writeStringProperty("target", entry.target());
        QueryJson.text(json, "detail", entry.detail());
        json.writeStringProperty("outcome", entry.outcome());
        json.writeNumberProperty("status", entry.status());
        json.writeStringProperty("address", entry.address());
    }
}
