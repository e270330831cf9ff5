package io.fulmar.sync.wire;

/** Enrolment over HTTPS as JSON: where to, and what. Thread-safe. */
public final class EnrolmentCodec {
    /** Where a device shows its token. */
    public static final String ENROL_PATH = "/v1/enrol";

    /** Where a device shows the certificate that it has. */
    public static final String RENEW_PATH = "/v1/renew";

    private EnrolmentCodec() {}

    public static byte[] encode(EnrolmentRequest request) {
        return Json.write(json -> {
            if (request.token() != null) {
                json.writeStringProperty("token", request.token());
            }
            json.writeStringProperty("request", request.request());
        });
    }

    /** A {@link WireException} says why those bytes are no request. */
    public static EnrolmentRequest decodeRequest(byte[] bytes) {
        JsonObject json = Json.read(bytes);
        return new EnrolmentRequest(json.textOrNull("token"), json.text("request"));
    }

    public static byte[] encode(EnrolmentAnswer answer) {
        return Json.write(json -> {
            switch (answer) {
                case EnrolmentAnswer.Granted granted -> {
                    json.writeStringProperty("device", granted.device());
                    json.writeArrayPropertyStart("groups");
                    granted.groups().forEach(json::writeString);
                    json.writeEndArray();
                    json.writeStringProperty("certificate", granted.certificate());
                    json.writeStringProperty("ca", granted.ca());
                    if (granted.broker() != null) {
                        json.writeStringProperty("broker", granted.broker());
                    }
                    if (granted.prefix() != null) {
                        json.writeStringProperty("prefix", granted.prefix());
                    }
                    if (granted.trustRoot() != null) {
                        json.writeStringProperty("trustRoot", granted.trustRoot());
                    }
                    json.writeNumberProperty("now", granted.nowMillis());
                }
                case EnrolmentAnswer.Refused refused -> {
                    json.writeStringProperty("refused", refused.reason());
                    json.writeStringProperty("message", refused.message());
                }
            }
        });
    }

    /** A {@link WireException} says why those bytes are no answer. */
    public static EnrolmentAnswer decodeAnswer(byte[] bytes) {
        JsonObject json = Json.readLong(bytes);
        String refused = json.textOrNull("refused");
        if (refused != null) {
            return new EnrolmentAnswer.Refused(
                    WireException.shorten(refused), json.text("message").replaceAll("\\p{Cntrl}", " "));
        }
        String device = json.text("device");
        if (!Topics.isDeviceId(device)) {
            throw new WireException("'" + WireException.shorten(device) + "' is no device id");
        }
        return new EnrolmentAnswer.Granted(
                device,
                json.texts("groups"),
                json.text("certificate"),
                json.text("ca"),
                json.textOrNull("broker"),
                json.textOrNull("prefix"),
                json.textOrNull("trustRoot"),
                json.number("now"));
    }
}
