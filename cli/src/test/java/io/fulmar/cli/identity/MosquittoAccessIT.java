package io.fulmar.cli.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fulmar.fleet.identity.Permissions;
import io.fulmar.fleet.identity.Permissions.Access;
import io.fulmar.fleet.identity.Principal;
import io.fulmar.sync.mqtt.Mosquitto;
import io.fulmar.sync.mqtt.Tls;
import io.fulmar.sync.wire.Topics;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a real Mosquitto lets through with the access list that the fleet writes, looked at from the other end. */
@Timeout(300)
class MosquittoAccessIT {
    private static final String PREFIX = Topics.DEFAULT_PREFIX;
    private static final List<String> LEAVES = List.of(
            "status",
            "hello",
            "up/alarm",
            "up/event",
            "up/data",
            "up/other",
            "down",
            "desired",
            "reported",
            "cmd",
            "cmd/result",
            "cmd/result/7",
            "cmd/result/7/8",
            "get");

    @TempDir
    Path dir;

    @Test
    void theBrokerAllowsExactlyWhatThePermissionsSay() {
        assumeTrue(Mosquitto.binary() != null, "mosquitto is not installed");
        try (var fleet = new SecuredFleet(dir)) {
            Map<Principal, Tls> everybody = new LinkedHashMap<>();
            everybody.put(
                    new Principal.Device("press-1", Set.of("presses", "hall-a")),
                    fleet.enrol("press-1", "presses", "hall-a"));
            everybody.put(new Principal.Device("press-2", Set.of("hall-b")), fleet.enrol("press-2", "hall-b"));
            everybody.put(new Principal.Operator("local"), fleet.operator("local"));
            fleet.fleet().close(); // its place at the broker is needed for what it may do itself
            everybody.put(new Principal.Service("ingest"), fleet.service("ingest"));
            fleet.letSeeAll("observer");
            try (var observer = new Client(fleet.broker(), fleet.operator("observer"), "observer", "#")) {
                observer.connected();
                // until the broker has read the list again, nothing comes through
                observer.until("the observer sees its own message", () -> {
                    observer.publish("fence/start", "start");
                    return observer.payloads().contains("start");
                });
                everybody.forEach((who, tls) -> {
                    writesWhatItMay(fleet, who, tls, observer);
                    readsWhatItMay(fleet, who, tls, observer);
                });
            }
        }
    }

    private static void writesWhatItMay(SecuredFleet fleet, Principal who, Tls tls, Client observer) {
        String tag = "write " + who.commonName() + " ";
        try (var client = new Client(fleet.broker(), tls, "somebody-else")) {
            client.connected();
            for (String topic : topics()) {
                client.publish(topic, tag + topic);
            }
            client.publish(fence(who, Access.WRITE), tag + "fence");
            // the broker takes the messages of one client in their order: after the last one nothing else comes
            client.until("the last message", () -> {
                observer.work();
                return observer.payloads().contains(tag + "fence");
            });
        }
        Set<String> through = observer.payloads().stream()
                .filter(payload -> payload.startsWith(tag) && !payload.endsWith("fence"))
                .map(payload -> payload.substring(tag.length()))
                .collect(Collectors.toCollection(TreeSet::new));
        assertThat(through).as(tag).isEqualTo(allowed(who, Access.WRITE));
    }

    private static void readsWhatItMay(SecuredFleet fleet, Principal who, Tls tls, Client observer) {
        List<List<String>> ways = List.of(
                List.of("#"),
                topics(),
                List.of(PREFIX + "/d/+/+", PREFIX + "/d/+/+/+", PREFIX + "/g/+/+", "+/+/d/press-2/#", "$SYS/#"),
                List.of("$share/theft/" + PREFIX + "/#"));
        for (int i = 0; i < ways.size(); i++) {
            String tag = "read " + who.commonName() + " " + i + " ";
            try (var client =
                    new Client(fleet.broker(), tls, "somebody-else", ways.get(i).toArray(String[]::new))) {
                client.connected();
                observer.until("subscribed", () -> {
                    observer.publish(fence(who, Access.READ), tag + "fence start");
                    client.work();
                    return client.payloads().contains(tag + "fence start");
                });
                for (String topic : topics()) {
                    observer.publish(topic, tag + topic);
                }
                observer.publish(fence(who, Access.READ), tag + "fence");
                observer.until("the last message", () -> {
                    client.work();
                    return client.payloads().contains(tag + "fence");
                });
                Set<String> through = client.payloads().stream()
                        .filter(payload -> !payload.contains("fence"))
                        .map(payload -> payload.startsWith(tag) ? payload.substring(tag.length()) : payload)
                        .collect(Collectors.toCollection(TreeSet::new));
                assertThat(allowed(who, Access.READ)).as(tag).containsAll(through);
                if (i < 2) {
                    assertThat(through).as(tag).isEqualTo(allowed(who, Access.READ));
                }
            }
        }
    }

    private static Set<String> allowed(Principal who, Access access) {
        var permissions = new Permissions(PREFIX);
        return topics().stream()
                .filter(topic -> permissions.allows(who, access, topic))
                .collect(Collectors.toCollection(TreeSet::new));
    }

    /** Something that this one may do in any case. */
    private static String fence(Principal who, Access access) {
        return switch (who) {
            case Principal.Device device -> PREFIX + "/d/" + device.id() + (access == Access.READ ? "/down" : "/hello");
            case Principal.Service service -> PREFIX + "/d/press-3" + (access == Access.READ ? "/status" : "/cmd");
            case Principal.Operator operator -> PREFIX + "/d/press-3" + (access == Access.READ ? "/status" : "/cmd");
        };
    }

    private static List<String> topics() {
        List<String> topics = new ArrayList<>();
        for (String device : List.of("press-1", "press-2", "press-3")) {
            LEAVES.forEach(leaf -> topics.add(PREFIX + "/d/" + device + "/" + leaf));
        }
        for (String group : List.of("presses", "hall-a", "hall-b", "press-1")) {
            topics.add(PREFIX + "/g/" + group + "/cmd");
            topics.add(PREFIX + "/g/" + group + "/other");
        }
        topics.addAll(List.of(PREFIX, PREFIX + "/other", "fulmar/v2/d/press-1/hello", "fulmar", "other/topic"));
        return topics;
    }
}
