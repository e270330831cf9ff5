package io.fulmar.cli.fleet;

import io.fulmar.fleet.query.DesiredRow;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The same over the API: the service tells the devices, and is asked from time to time what they say. Owned by the main thread. */
final class RemoteDesired implements DesiredWatch {
    private static final Duration BETWEEN = Duration.ofSeconds(1);
    private static final int ASKED_OFTEN = 50;

    private final ApiClient client;
    private final String question;
    private final Map<String, Desired> wanted = new LinkedHashMap<>();
    private final Map<String, DesiredRow> rows = new HashMap<>();
    private final Map<String, Reported> reported = new HashMap<>();
    private boolean refused;

    /**
     * Of the answer to a change.
     *
     * @param question which devices are asked about: a path with its parameters
     * @param document what a device is to have, out of what the answer says of it
     */
    RemoteDesired(
            ApiClient client, String question, JsonTree answer, Function<JsonTree, Desired> document, PrintWriter err) {
        this.client = client;
        this.question = question;
        for (JsonTree device : answer.objects("devices")) {
            String refusal = device.text("refusal");
            if (refusal == null) {
                wanted.put(String.valueOf(device.text("device")), document.apply(device));
            } else {
                refused = true;
                err.println(TargetOptions.printable("fulmar: " + device.text("device") + " was not told: " + refusal));
                err.flush();
            }
        }
    }

    /** The path to ask what these devices are to have. */
    static String question(@Nullable String device, @Nullable String group) {
        String path = ApiClient.path("desired");
        if (device != null) {
            return path + "?device=" + ApiClient.query(device);
        }
        return group == null ? path : path + "?group=" + ApiClient.query(group);
    }

    /** Whether some devices could not be told. */
    boolean refused() {
        return refused;
    }

    private void look() {
        for (JsonTree json : client.all(question)) {
            DesiredRow row = ApiRows.desired(json);
            rows.put(row.device(), row);
            Reported said = ApiRows.reported(row.reported());
            if (said != null) {
                reported.put(row.device(), said);
            }
        }
    }

    @Override
    public Map<String, Desired> wanted() {
        return wanted;
    }

    @Override
    public @Nullable Reported reported(String device) {
        return reported.get(device);
    }

    @Override
    public @Nullable Desired newer(String device) {
        DesiredRow row = rows.get(device);
        Desired ours = wanted.get(device);
        return row != null && ours != null && row.version() > ours.version() ? row.wanted() : null;
    }

    /** Asks less often about many devices, which is much for a service to tell. */
    @Override
    public boolean await(BooleanSupplier holds, Duration atMost) {
        long end = System.nanoTime() + atMost.toNanos();
        long between = BETWEEN.toNanos() * (wanted.size() > ASKED_OFTEN ? 5 : 1);
        while (true) {
            look();
            if (holds.getAsBoolean()) {
                return true;
            }
            long left = end - System.nanoTime();
            if (left <= 0) {
                return false;
            }
            Pauses.pause(Duration.ofNanos(Math.min(left, between)));
        }
    }

    /** The models of what a device is to have, by the answer. */
    static List<Desired.Model> models(JsonTree json) {
        return json.objects("models").stream()
                .map(model -> new Desired.Model(
                        String.valueOf(model.text("model")),
                        String.valueOf(model.text("version")),
                        model.number("release", 0),
                        String.valueOf(model.text("manifest")),
                        0,
                        null,
                        model.number("assigned", 0),
                        model.number("shadowMillis", 0)))
                .toList();
    }
}
