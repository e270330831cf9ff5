package io.fulmar.fleet.api.routes;

import io.fulmar.fleet.api.security.Role;
import io.fulmar.fleet.api.server.Answer;
import io.fulmar.fleet.api.server.Call;
import io.fulmar.fleet.api.server.Fields;
import io.fulmar.fleet.api.server.Problem;
import io.fulmar.fleet.api.server.Router;
import io.fulmar.fleet.api.server.Verb;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.query.CommandRow;
import io.fulmar.fleet.query.QueryJson;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.Topics;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What devices are told to do, and what became of it. Thread-safe. */
public final class CommandRoutes {
    private static final String PATH = "/api/v1/commands";
    private static final long USUAL_SECONDS = 3600;
    private static final Pattern TYPE = Pattern.compile("[a-z][a-z0-9.-]{0,63}");
    private static final SecureRandom RANDOM = new SecureRandom();
    private static final DateTimeFormatter ID =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss", Locale.ROOT).withZone(ZoneOffset.UTC);

    private final Reader reader;
    private final InstantSource clock;
    private final CommandSender sender;
    private final Topics topics;

    public CommandRoutes(Reader reader, InstantSource clock, CommandSender sender, Topics topics) {
        this.reader = reader;
        this.clock = clock;
        this.sender = sender;
        this.topics = topics;
    }

    public void addTo(Router router) {
        router.add(Verb.GET, PATH, Role.VIEWER, this::list);
        router.add(Verb.POST, PATH, Role.OPERATOR, this::send);
    }

    private Answer list(Call call) {
        String device = DataRoutes.device(call);
        int limit = call.limit(Limits.HTTP_PAGE, Limits.HTTP_PAGE_MOST);
        Long before = call.afterNumber();
        List<CommandRow> found = reader.read(queries ->
                queries.commands(device, call.query("id"), before == null ? Long.MAX_VALUE : before, limit + 1));
        long now = clock.millis();
        return Paging.page(
                found, limit, row -> Long.toString(row.number()), (json, row) -> QueryJson.command(json, row, now));
    }

    /** Not signed: a device whose trust root names operators refuses it where it changes something, and says so. */
    private Answer send(Call call) {
        Fields fields = call.fields();
        String device = fields.optionalText("device");
        String group = fields.optionalText("group");
        String type = fields.text("type");
        var arguments = fields.object("args");
        Long seconds = fields.optionalNumber("expiresInSeconds");
        fields.done();
        if ((device == null) == (group == null)) {
            throw Problem.malformed("Name either a 'device' or a 'group'");
        }
        if (!TYPE.matcher(type).matches()) {
            throw Problem.malformed("'type' is not a type of command");
        }
        requireKnown(device, group);
        Instant now = clock.instant();
        Instant expires = now.plusSeconds(life(seconds));
        String id = ID.format(now) + "-" + String.format(Locale.ROOT, "%08x", RANDOM.nextInt());
        var command = new Command(id, type, arguments, null, expires.toEpochMilli(), device, group);
        call.audit(device != null ? device : "group " + group, type + " " + id);
        try {
            sender.send(
                    device != null ? topics.command(device) : topics.groupCommand(String.valueOf(group)),
                    Commands.encode(command));
        } catch (IllegalArgumentException e) {
            throw new Problem(413, "The command is too large: " + e.getMessage(), null);
        }
        return Answer.object(json -> {
                    json.writeStringProperty("id", id);
                    json.writeStringProperty("type", type);
                    json.writeStringProperty("expires", expires.toString());
                })
                .status(202)
                .header("Location", PATH + "?id=" + id);
    }

    private static long life(@Nullable Long seconds) {
        if (seconds == null) {
            return USUAL_SECONDS;
        }
        if (seconds < 1 || seconds > Limits.COMMAND_EXPIRY_MOST.toSeconds()) {
            throw Problem.malformed("'expiresInSeconds' must be from 1 to " + Limits.COMMAND_EXPIRY_MOST.toSeconds());
        }
        return seconds;
    }

    private void requireKnown(@Nullable String device, @Nullable String group) {
        String name = device != null ? device : String.valueOf(group);
        if (!Topics.isDeviceId(name)) {
            throw Problem.malformed("'" + (device != null ? "device" : "group") + "' is not a name that one can have");
        }
        if (device != null && !reader.read(queries -> queries.knows(device))) {
            throw Problem.absent("No device with the id " + device + " was ever heard of");
        }
        if (group != null && reader.read(queries -> queries.members(group)).isEmpty()) {
            throw Problem.absent("No device says that it is of the group " + group);
        }
    }
}
