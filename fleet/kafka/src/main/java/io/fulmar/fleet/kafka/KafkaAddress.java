package io.fulmar.fleet.kafka;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Brokers and a topic, written as {@code kafka://host:9092,host:9092/topic}. Immutable.
 *
 * @param servers as Kafka's clients want them, separated by commas
 */
record KafkaAddress(String servers, String topic) {
    static final String SCHEME = "kafka";

    private static final String HOST = "(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])";
    private static final Pattern SERVER = Pattern.compile(HOST + ":([0-9]{1,5})");
    private static final Pattern TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");
    private static final int PORTS = 65_535;

    static KafkaAddress parse(String address) {
        String rest = address.substring((SCHEME + "://").length());
        int slash = rest.indexOf('/');
        if (slash < 0) {
            throw wrong(address, "names no topic");
        }
        String servers = rest.substring(0, slash);
        for (String server : servers.split(",", -1)) {
            Matcher parts = SERVER.matcher(server);
            if (!parts.matches()) {
                throw wrong(address, "'" + server + "' is not host:port");
            }
            int port = Integer.parseInt(parts.group(1));
            if (port < 1 || port > PORTS) {
                throw wrong(address, "there is no port " + port);
            }
        }
        String topic = rest.substring(slash + 1);
        if (!TOPIC.matcher(topic).matches() || topic.equals(".") || topic.equals("..")) {
            throw wrong(address, "'" + topic + "' is no name of a topic (letters, digits, '.', '_' and '-')");
        }
        return new KafkaAddress(servers, topic);
    }

    private static FleetException wrong(String address, String why) {
        return new FleetException(
                Category.PERMANENT, address + ": " + why, "write it as kafka://host:9092,host:9092/topic");
    }
}
