package io.fulmar.cli.fleet;

import io.fulmar.fleet.base.FleetException;
import io.fulmar.fleet.base.FleetException.Category;
import io.fulmar.fleet.identity.IdentityRow;
import io.fulmar.fleet.query.CommandRow;
import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.fleet.query.DeviceRow;
import io.fulmar.fleet.query.PredictionRow;
import io.fulmar.fleet.query.StreamRow;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Status;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** What the API tells, in the rows that a query of the database gives: whoever prints them need not know which. Thread-safe. */
final class ApiRows {
    private ApiRows() {}

    static DeviceRow device(JsonTree json) {
        return new DeviceRow(
                required(json, "device"),
                json.flag("online"),
                nullableTime(json, "firstSeen"),
                nullableTime(json, "lastSeen"),
                nullableTime(json, "enrolled"),
                json.text("agentVersion"),
                nullableTime(json, "lastHello"),
                json.document("status"),
                json.objects("conditions").stream().map(ApiRows::condition).toList(),
                json.number("refused", 0));
    }

    private static Status.Condition condition(JsonTree json) {
        return new Status.Condition(
                required(json, "name"), required(json, "reason"), required(json, "hint"), time(json, "since"));
    }

    static StreamRow stream(JsonTree json) {
        return new StreamRow(
                required(json, "device"),
                required(json, "epoch"),
                required(json, "stream"),
                json.number("next", 0),
                json.number("rows", 0),
                json.number("gaps", 0),
                json.number("gapRows", 0),
                json.number("undecodable", 0),
                json.number("duplicates", 0),
                json.number("conflicts", 0),
                time(json, "firstReceived"),
                time(json, "lastReceived"));
    }

    static PredictionRow prediction(JsonTree json) {
        return new PredictionRow(
                required(json, "device"),
                required(json, "epoch"),
                required(json, "stream"),
                json.number("seq", 0),
                required(json, "kind"),
                json.text("pipeline"),
                json.text("model"),
                json.text("version"),
                json.text("label"),
                json.decimal("score"),
                json.document("found"),
                nullableTime(json, "believed"),
                nullableTime(json, "at"),
                time(json, "received"));
    }

    static CommandRow command(JsonTree json) {
        String group = json.text("group");
        return new CommandRow(
                0,
                required(json, "id"),
                required(json, "type"),
                group != null,
                group != null ? group : required(json, "device"),
                String.valueOf(json.document("command")),
                json.texts("signedBy"),
                0,
                time(json, "expires"),
                time(json, "received"),
                json.number("heard", 0),
                json.objects("answers").stream().map(ApiRows::answer).toList(),
                json.texts("waiting"));
    }

    private static CommandRow.Answer answer(JsonTree json) {
        return new CommandRow.Answer(
                required(json, "device"),
                required(json, "outcome"),
                json.text("reason"),
                json.document("result"),
                (int) json.number("resultBytes", 0),
                time(json, "at"),
                time(json, "received"));
    }

    static DesiredRow desired(JsonTree json) {
        String device = required(json, "device");
        String toml = json.text("toml");
        long version = json.number("version", 0);
        String document = json.document("reported");
        Reported said = reported(document);
        return new DesiredRow(
                device,
                version,
                json.text("sha256"),
                toml == null ? null : new Desired(version, device, Desired.Config.of(toml), RemoteDesired.models(json)),
                json.texts("signedBy"),
                nullableTime(json, "set"),
                said == null ? null : said.desiredVersion(),
                said == null ? null : said.config().sha256(),
                said == null ? null : said.config().state().name().toLowerCase(Locale.ROOT),
                json.text("reason"),
                document,
                nullableTime(json, "reportedAt"));
    }

    /** What a device says that it has; null where it says nothing, or in a form that is not read here. */
    static @Nullable Reported reported(@Nullable String document) {
        try {
            return document == null ? null : Wire.decodeReported(document.getBytes(StandardCharsets.UTF_8));
        } catch (WireException e) {
            return null;
        }
    }

    static IdentityRow identity(JsonTree json) {
        return new IdentityRow(
                required(json, "device"),
                json.texts("groups"),
                nullableTime(json, "enrolled"),
                nullableTime(json, "revoked"),
                json.objects("certificates").stream()
                        .map(it -> new IdentityRow.CertificateRow(
                                required(it, "serial"),
                                time(it, "issued"),
                                time(it, "notAfter"),
                                nullableTime(it, "revoked")))
                        .toList());
    }

    private static String required(JsonTree json, String name) {
        String text = json.text(name);
        if (text == null) {
            throw missing(name);
        }
        return text;
    }

    private static long time(JsonTree json, String name) {
        Long millis = nullableTime(json, name);
        if (millis == null) {
            throw missing(name);
        }
        return millis;
    }

    static @Nullable Long nullableTime(JsonTree json, String name) {
        String text = json.text(name);
        try {
            return text == null ? null : Instant.parse(text).toEpochMilli();
        } catch (DateTimeParseException e) {
            throw missing(name);
        }
    }

    private static FleetException missing(String name) {
        return new FleetException(
                Category.PERMANENT,
                "the answer lacks '" + name + "'",
                "is that the address of a fleet service of this version? See --url");
    }
}
