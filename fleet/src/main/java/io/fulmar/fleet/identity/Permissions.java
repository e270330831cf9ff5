package io.fulmar.fleet.identity;

import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import java.util.ArrayList;
import java.util.List;

/**
 * Who may write and read which topics: the one list from which the embedded broker decides and Mosquitto's access list is
 * written. What is not listed is forbidden. Immutable.
 */
public final class Permissions {
    private final String prefix;

    /** What may be done with a topic: publish to it, or receive what is published there. */
    public enum Access {
        READ,
        WRITE
    }

    /**
     * One thing that is allowed.
     *
     * @param filter a topic filter; {@code +} stands for one level
     */
    public record Rule(Access access, String filter) {}

    public Permissions(String prefix) {
        new Topics(prefix); // says what is wrong with it
        this.prefix = prefix;
    }

    /** All that this one may do. */
    public List<Rule> of(Principal who) {
        return switch (who) {
            case Principal.Device device -> device(device);
            case Principal.Service service -> service.part().equals(FleetIdentity.TRANSFER) ? transfer() : ingest();
            case Principal.Operator operator -> operator();
        };
    }

    /** Whether this one may publish to, or receive from, that topic, which has no wildcards. */
    public boolean allows(Principal who, Access access, String topic) {
        return of(who).stream().anyMatch(rule -> rule.access() == access && matches(rule.filter(), topic));
    }

    private List<Rule> device(Principal.Device device) {
        String own = prefix + "/d/" + device.id();
        List<Rule> rules = new ArrayList<>();
        for (Stream stream : Stream.values()) {
            rules.add(write(own + "/up/" + stream.topicName()));
        }
        rules.add(write(own + "/hello"));
        rules.add(write(own + "/status"));
        rules.add(write(own + "/reported"));
        rules.add(write(own + "/cmd/result"));
        rules.add(write(own + "/cmd/result/+"));
        rules.add(write(own + "/get"));
        rules.add(read(own + "/blob/+"));
        rules.add(read(prefix + "/b/+"));
        rules.add(read(prefix + "/trust"));
        rules.add(read(own + "/down"));
        rules.add(read(own + "/desired"));
        rules.add(read(own + "/cmd"));
        device.groups().stream().sorted().forEach(group -> rules.add(read(prefix + "/g/" + group + "/cmd")));
        return List.copyOf(rules);
    }

    private List<Rule> transfer() {
        return List.of(read(prefix + "/d/+/get"), write(prefix + "/d/+/blob/+"), write(prefix + "/b/+"));
    }

    private List<Rule> ingest() {
        return List.of(
                read(prefix + "/d/+/up/+"),
                read(prefix + "/d/+/hello"),
                read(prefix + "/d/+/status"),
                read(prefix + "/d/+/reported"),
                read(prefix + "/d/+/cmd"),
                read(prefix + "/d/+/cmd/result"),
                read(prefix + "/d/+/cmd/result/+"),
                read(prefix + "/d/+/desired"),
                read(prefix + "/g/+/cmd"),
                write(prefix + "/trust"),
                write(prefix + "/d/+/down"),
                write(prefix + "/d/+/desired"),
                write(prefix + "/d/+/cmd"),
                write(prefix + "/g/+/cmd"));
    }

    private List<Rule> operator() {
        return List.of(
                read(prefix + "/d/+/status"),
                read(prefix + "/d/+/reported"),
                read(prefix + "/d/+/desired"),
                read(prefix + "/d/+/cmd/result"),
                read(prefix + "/d/+/cmd/result/+"),
                write(prefix + "/d/+/desired"),
                write(prefix + "/d/+/cmd"),
                write(prefix + "/g/+/cmd"));
    }

    private static Rule read(String filter) {
        return new Rule(Access.READ, filter);
    }

    private static Rule write(String filter) {
        return new Rule(Access.WRITE, filter);
    }

    /** Whether a topic lies under a filter whose only wildcard is {@code +}. */
    private static boolean matches(String filter, String topic) {
        String[] wanted = filter.split("/", -1);
        String[] levels = topic.split("/", -1);
        if (wanted.length != levels.length) {
            return false;
        }
        for (int i = 0; i < wanted.length; i++) {
            if (!wanted[i].equals("+") && !wanted[i].equals(levels[i])) {
                return false;
            }
        }
        return true;
    }
}
