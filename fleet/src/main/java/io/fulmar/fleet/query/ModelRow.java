package io.fulmar.fleet.query;

import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Wire;
import io.fulmar.sync.wire.WireException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A release of a model and how far it has come on one device.
 *
 * @param name of the model
 * @param manifest the digest of its model manifest
 * @param wanted the device is to have it
 * @param said what the device last said of it; null before it has said anything
 *     <p>Immutable.
 */
public record ModelRow(
        String device,
        String name,
        String version,
        long release,
        String manifest,
        boolean wanted,
        Reported.@Nullable Model said) {

    /** In a word: as the device says, and {@code pending} until it says anything. */
    public String state() {
        return said == null ? "pending" : said.state().name().toLowerCase(Locale.ROOT);
    }

    /** How much of a release is on the device, of 100. */
    public static long percent(Reported.Model said) {
        return said.total() == 0 ? 0 : Math.min(100, (long) (100.0 * said.done() / said.total()));
    }

    /** What became of it, in one of a few ways. */
    public Course course() {
        return said == null ? Course.ON_THE_WAY : Course.of(said.state());
    }

    /** What became of a release on a device. */
    public enum Course {
        ON_THE_WAY,
        /** It is the one that runs. */
        ACTIVE,
        /** It was watched beside the one that runs. */
        WATCHED,
        FAILED;

        public static Course of(Reported.ModelState state) {
            return switch (state) {
                case DOWNLOADING, VERIFYING, STAGED, TESTING, SHADOW, TRIAL -> ON_THE_WAY;
                case ACTIVE -> ACTIVE;
                case SHADOWED -> WATCHED;
                case ROLLED_BACK, REJECTED -> FAILED;
            };
        }
    }

    /** What a device has, in the order in which it says so, and then what it is to have and has said nothing of. */
    public static List<ModelRow> of(DesiredRow row) {
        List<Desired.Model> wanted =
                new ArrayList<>(row.wanted() == null ? List.of() : row.wanted().models());
        List<ModelRow> rows = new ArrayList<>();
        for (Reported.Model said : said(row)) {
            if (wanted.stream().noneMatch(model -> isOf(model, said) && isAnew(model, said))) {
                boolean meant = wanted.removeIf(model -> isOf(model, said));
                rows.add(new ModelRow(
                        row.device(), said.name(), said.version(), said.release(), said.manifest(), meant, said));
            }
        }
        for (Desired.Model model : wanted) {
            rows.add(new ModelRow(
                    row.device(), model.name(), model.version(), model.release(), model.manifest(), true, null));
        }
        return rows;
    }

    private static boolean isOf(Desired.Model wanted, Reported.Model said) {
        return wanted.name().equals(said.name()) && wanted.manifest().equals(said.manifest());
    }

    /** Whether the release was assigned again after the device had done with it. */
    private static boolean isAnew(Desired.Model wanted, Reported.Model said) {
        Course course = Course.of(said.state());
        return wanted.assigned() > said.assigned() && (course == Course.FAILED || course == Course.WATCHED);
    }

    private static List<Reported.Model> said(DesiredRow row) {
        if (row.reported() == null) {
            return List.of();
        }
        try {
            return Wire.decodeReported(row.reported().getBytes(StandardCharsets.UTF_8))
                    .models();
        } catch (WireException e) {
            return List.of(); // of a version whose reports are no longer read
        }
    }
}
