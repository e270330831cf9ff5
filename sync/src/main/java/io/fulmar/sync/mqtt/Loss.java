package io.fulmar.sync.mqtt;

import static io.fulmar.sync.mqtt.LinkEvent.Kind.NETWORK;
import static io.fulmar.sync.mqtt.LinkEvent.Kind.NOT_AUTHORISED;
import static io.fulmar.sync.mqtt.LinkEvent.Kind.REFUSED;
import static io.fulmar.sync.mqtt.LinkEvent.Kind.TAKEN_OVER;

/** Why a connection was lost or did not come about, and what an operator can do about it. Immutable. */
record Loss(LinkEvent.Kind kind, String reason, String hint) {
    private static final String WILL_RETRY = "the link tries again by itself; if this lasts, look at the broker's log";

    /** What a reason code of MQTT 5 means, in CONNACK, DISCONNECT or SUBACK. */
    static Loss ofReasonCode(String where, int code, String clientId) {
        String name = " (reason code " + code + ")";
        return switch (code) {
            case 0x82 -> new Loss(REFUSED, where + ": protocol error" + name, WILL_RETRY);
            case 0x84, 0x01 ->
                new Loss(
                        REFUSED,
                        where + ": the broker does not speak MQTT 5" + name,
                        "use a broker that does, like Mosquitto 2");
            case 0x85 ->
                new Loss(
                        REFUSED,
                        where + ": client id '" + clientId + "' refused" + name,
                        "choose an id that the broker allows, often letters and digits only");
            case 0x86 ->
                new Loss(
                        NOT_AUTHORISED,
                        where + ": bad user name or password" + name,
                        "check the credentials of this client");
            case 0x87 ->
                new Loss(
                        NOT_AUTHORISED,
                        where + ": not authorized" + name,
                        "allow client '" + clientId + "' in the broker's access list");
            case 0x88, 0x89, 0x97, 0x9F ->
                new Loss(REFUSED, where + ": the broker is unavailable or over its limits" + name, WILL_RETRY);
            case 0x8A ->
                new Loss(REFUSED, where + ": banned" + name, "look at the broker's ban list for '" + clientId + "'");
            case 0x8B -> new Loss(NETWORK, where + ": the broker is shutting down" + name, WILL_RETRY);
            case 0x8D ->
                new Loss(
                        NETWORK,
                        where + ": the broker did not hear from the link in time" + name,
                        "raise the keep-alive if the network is slow");
            case 0x8E ->
                new Loss(
                        TAKEN_OVER,
                        where + ": another client connected with the id '" + clientId + "'" + name,
                        "two clients use the id '" + clientId + "': give each device its own, or stop the second one");
            case 0x95 ->
                new Loss(
                        REFUSED,
                        where + ": a packet was too large for the broker" + name,
                        "raise the broker's packet limit or make batches smaller");
            case 0x9C, 0x9D ->
                new Loss(REFUSED, where + ": the broker sends its clients elsewhere" + name, "change the broker URL");
            default -> new Loss(REFUSED, where + ": refused" + name, WILL_RETRY);
        };
    }

    /** A failure of the network or of the client. */
    static Loss ofFailure(String where, String cause) {
        return new Loss(NETWORK, where + ": " + cause, WILL_RETRY);
    }
}
