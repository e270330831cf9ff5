package io.fulmar.sync.mqtt;

/** Why a connection was lost or did not come about, and what an operator can do about it. Immutable. */
record Loss(String reason, String hint) {
    private static final String WILL_RETRY = "the link tries again by itself; if this lasts, look at the broker's log";

    /** What a reason code of MQTT 5 means, in CONNACK, DISCONNECT or SUBACK. */
    static Loss ofReasonCode(String where, int code, String clientId) {
        String name = " (reason code " + code + ")";
        return switch (code) {
            case 0x82 -> new Loss(where + ": protocol error" + name, WILL_RETRY);
            case 0x84, 0x01 ->
                new Loss(
                        where + ": the broker does not speak MQTT 5" + name,
                        "use a broker that does, like Mosquitto 2");
            case 0x85 ->
                new Loss(
                        where + ": client id '" + clientId + "' refused" + name,
                        "choose an id that the broker allows, often letters and digits only");
            case 0x86 -> new Loss(where + ": bad user name or password" + name, "check the credentials of this client");
            case 0x87 ->
                new Loss(
                        where + ": not authorized" + name,
                        "allow client '" + clientId + "' in the broker's access list");
            case 0x88, 0x89, 0x97, 0x9F ->
                new Loss(where + ": the broker is unavailable or over its limits" + name, WILL_RETRY);
            case 0x8A -> new Loss(where + ": banned" + name, "look at the broker's ban list for '" + clientId + "'");
            case 0x8B -> new Loss(where + ": the broker is shutting down" + name, WILL_RETRY);
            case 0x8D ->
                new Loss(
                        where + ": the broker did not hear from the link in time" + name,
                        "raise the keep-alive if the network is slow");
            case 0x8E ->
                new Loss(
                        where + ": another client connected with the id '" + clientId + "'" + name,
                        "two clients use the id '" + clientId + "': give each device its own, or stop the second one");
            case 0x95 ->
                new Loss(
                        where + ": a packet was too large for the broker" + name,
                        "raise the broker's packet limit or make batches smaller");
            case 0x9C, 0x9D ->
                new Loss(where + ": the broker sends its clients elsewhere" + name, "change the broker URL");
            default -> new Loss(where + ": refused" + name, WILL_RETRY);
        };
    }

    /** A failure of the network or of the client. */
    static Loss ofFailure(String where, String cause) {
        return new Loss(where + ": " + cause, WILL_RETRY);
    }
}
