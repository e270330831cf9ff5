package io.fulmar.fleet.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.Fleet;
import io.fulmar.fleet.FleetConfig;
import io.fulmar.fleet.api.security.LocalToken;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What Prometheus collects from a real service, and what is said and drawn of it. */
class MetricsIT {
    private static final Path DOCS =
            Path.of(System.getProperty("fulmar.root", "..")).resolve("docs");
    private static final Pattern NAME = Pattern.compile("fulmar_[a-z0-9_]+");

    /** Shown only where there is one: something wrong, or somewhere to send records on to. */
    private static final Set<String> SOMETIMES = Set.of(
            "fulmar_fleet_conditions",
            "fulmar_fleet_sink_working",
            "fulmar_fleet_sink_waiting_rows",
            "fulmar_fleet_sink_dropped_rows",
            "fulmar_fleet_sink_rows_total",
            "fulmar_fleet_sink_failures_total");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @Test
    void theDashboardAndTheDocumentKnowTheNamesThatTheServiceReallyHas() throws Exception {
        try (var fleet = Fleet.open(FleetConfig.inDirectory(dir));
                var caller = new ApiCaller(fleet.httpPort())) {
            String admin = Objects.requireNonNull(LocalToken.read(dir));
            caller.get("/api/v1/devices", admin);
            caller.get("/no/such/address", admin);
            HttpResponse<String> answer = caller.get("/metrics", caller.makeToken(admin, "metrics"));
            assertThat(answer.statusCode()).isEqualTo(200);
            assertThat(answer.headers().firstValue("Content-Type").orElseThrow())
                    .startsWith("text/plain")
                    .contains("version=0.0.4");
            assertThat(answer.body())
                    .contains(
                            "fulmar_fleet_http_requests_total{route=\"/api/v1/devices\",status=\"200\",verb=\"GET\"} 1.0",
                            "fulmar_fleet_http_requests_total{route=\"none\",status=\"404\",verb=\"none\"} 1.0",
                            "fulmar_fleet_devices{state=\"online\"} 0.0");

            Set<String> there = new TreeSet<>(families(answer.body()));
            there.addAll(SOMETIMES);
            for (String shown : List.of("grafana/fulmar-fleet.json", "prometheus/fulmar-alerts.yaml")) {
                assertThat(names(DOCS.resolve(shown))).as(shown).isNotEmpty().isSubsetOf(there);
            }
            assertThat(names(DOCS.resolve("api.md"))).isEqualTo(there);
        }
    }

    /** The names in a file, of buckets without their ending. */
    private static Set<String> names(Path file) throws IOException {
        Matcher name = NAME.matcher(Files.readString(file));
        return name.results()
                .map(found -> found.group().replaceAll("_(bucket|sum|count)$", ""))
                .filter(found -> found.startsWith("fulmar_fleet_"))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static Set<String> families(String text) {
        return text.lines()
                .filter(line -> line.startsWith("# TYPE "))
                .map(line -> line.split(" ", -1)[2])
                .collect(Collectors.toCollection(TreeSet::new));
    }
}
