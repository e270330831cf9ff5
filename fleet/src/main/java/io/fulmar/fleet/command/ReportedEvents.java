package io.fulmar.fleet.command;

import io.fulmar.sync.wire.Reported;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What has happened on a device between two of its reports. Thread-safe. */
final class ReportedEvents {
    private ReportedEvents() {}

    /** Something that happened. */
    record Event(String kind, @Nullable String detail) {}

    /**
     * In no order.
     *
     * @param before null where the device has not said anything before
     */
    static List<Event> between(@Nullable Reported before, Reported now) {
        List<Event> events = new ArrayList<>();
        for (Reported.Model model : now.models()) {
            String kind = kind(model.state());
            if (kind != null && (before == null || before.models().stream().noneMatch(it -> isSame(it, model)))) {
                String what = model.name() + " " + model.version() + " (release " + model.release() + ")";
                events.add(new Event(kind, model.reason() == null ? what : what + ": " + model.reason()));
            }
        }
        Reported.Config config = now.config();
        boolean same = before != null
                && config.state() == before.config().state()
                && config.sha256().equals(before.config().sha256())
                && config.version() == before.config().version();
        if (!same && config.version() > 0) {
            switch (config.state()) {
                case ACTIVE -> {
                    if (before == null
                            || !config.sha256().equals(before.config().sha256())
                            || before.config().state() == Reported.State.TRIAL) {
                        events.add(new Event("config applied", "version " + config.version()));
                    }
                }
                case REFUSED -> events.add(new Event("config refused", config.reason()));
                case REVERTED -> events.add(new Event("config reverted", config.reason()));
                case TRIAL -> {
                    // what becomes of it is told next
                }
            }
        }
        return events;
    }

    private static boolean isSame(Reported.Model one, Reported.Model other) {
        return one.manifest().equals(other.manifest())
                && one.state() == other.state()
                && one.assigned() == other.assigned();
    }

    private static @Nullable String kind(Reported.ModelState state) {
        return switch (state) {
            case ACTIVE -> "model active";
            case ROLLED_BACK -> "model rolled back";
            case REJECTED -> "model rejected";
            case SHADOWED -> "model shadowed";
            case DOWNLOADING, VERIFYING, STAGED, TESTING, SHADOW, TRIAL -> null;
        };
    }
}
