package io.fulmar.fleet.rollout;

import io.fulmar.fleet.rollout.Plan.Release;
import java.nio.charset.StandardCharsets;

/** Plans as people write them, for tests. */
final class Plans {
    static final Release RELEASE = new Release("bearing", "1.3.0", 4, "ab".repeat(32));

    private Plans() {}

    static Plan read(String json) {
        return PlanJson.read(
                json.replace('`', '"').getBytes(StandardCharsets.UTF_8),
                (model, version, number, manifest) ->
                        new Release(model, RELEASE.version(), RELEASE.release(), RELEASE.manifest()));
    }

    /** One with these waves, and these further properties. */
    static Plan of(String waves, String more) {
        return read(
                "{`name`:`better`,`release`:{`model`:`bearing`},`target`:`all`,`waves`:[" + waves + "]" + more + "}");
    }
}
