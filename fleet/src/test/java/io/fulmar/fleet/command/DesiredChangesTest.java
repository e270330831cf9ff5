package io.fulmar.fleet.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Reported.ModelState;
import io.fulmar.sync.wire.WireException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** What devices are to have, changed by the service itself. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class DesiredChangesTest {
    private static final Desired.Model RELEASE = new Desired.Model("bearing", "1.3.0", 4, "0d".repeat(32), 90, null);
    private static final int AT_ONCE = 6;

    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase kind;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Database database;

    @SuppressWarnings("NullAway.Init")
    private DesiredChanges changes;

    @BeforeEach
    void open() {
        kind.in(dir);
        database = Database.in(dir);
        changes = new DesiredChanges(database, new OperatorSignature(dir, null), InstantSource.system());
    }

    @AfterEach
    void close() {
        database.close();
    }

    private static DesiredChanges.Change configured(String toml) {
        Desired.Config config = Desired.Config.of(toml);
        return (before, version, reported) -> before.config().equals(config)
                ? before
                : new Desired(version, before.device(), config, before.models());
    }

    private Desired wanted(String device) {
        try (var queries = FleetQueries.open(database)) {
            Desired wanted = queries.desired(device).getFirst().wanted();
            if (wanted == null) {
                throw new AssertionError(device + " is to have nothing");
            }
            return wanted;
        }
    }

    @Test
    void eachOfManyDevicesIsChangedOnceAndKeepsWhatElseItIsToHave() {
        List<String> devices = new ArrayList<>();
        for (int i = 0; i < 2 * Limits.ROLLOUT_BATCH + 1; i++) {
            devices.add(String.format("press-%04d", i));
        }
        var assignment = new Assignment(RELEASE, 0);
        assertThat(changes.change(devices, assignment::in))
                .hasSize(devices.size())
                .allSatisfy(result -> assertThat(result.changed()).isTrue());
        assertThat(changes.change(devices, assignment::in))
                .hasSize(devices.size())
                .allSatisfy(result -> assertThat(result.changed()).isFalse());
        assertThat(changes.change(devices.subList(0, 1), configured("x = 1")))
                .singleElement()
                .satisfies(result -> {
                    assertThat(result.changed()).isTrue();
                    assertThat(result.wanted()).isEqualTo(wanted("press-0000"));
                });
        assertThat(wanted("press-0000").models())
                .singleElement()
                .satisfies(model -> assertThat(model.assigned()).isEqualTo(1));
        assertThat(wanted("press-0400").version()).isEqualTo(1);
        changes.change(
                devices.subList(0, 1), (before, version, reported) -> Assignment.without("bearing", before, version));
        assertThat(wanted("press-0000").models()).isEmpty();
        assertThat(wanted("press-0000").config().toml()).isEqualTo("x = 1");
    }

    @Test
    void oneThatCannotBeToldHoldsUpNobodyElse() {
        DesiredChanges.Change odd = (before, version, reported) -> {
            if (before.device().equals("odd")) {
                throw new WireException("too large");
            }
            return configured("x = 1").of(before, version, reported);
        };
        assertThat(changes.change(List.of("a", "odd", "z"), odd))
                .extracting(DesiredChanges.Result::refusal)
                .containsExactly(null, "too large", null);
        assertThat(wanted("z").config().toml()).isEqualTo("x = 1");
    }

    @Test
    void whatAFewChangeAtTheSameTimeIsAllThere() throws Exception {
        changes.change(List.of("press-1"), configured(""));
        try (var threads = Executors.newFixedThreadPool(AT_ONCE)) {
            var together = new CyclicBarrier(AT_ONCE);
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                var release = new Desired.Model("model-" + i, "1.0.0", 1, "0d".repeat(32), 9, null);
                all.add(threads.submit(() -> {
                    together.await();
                    return changes.change(List.of("press-1"), new Assignment(release, 0)::in);
                }));
            }
            for (Future<?> each : all) {
                each.get();
            }
        }
        assertThat(wanted("press-1").models()).hasSize(AT_ONCE);
    }

    @Test
    void aReleaseThatWasTurnedDownIsAssignedAnew() {
        var assignment = new Assignment(RELEASE, 0);
        Desired first = assignment.in(new Desired(1, "press-1", Desired.Config.of("")), 2, null);
        assertThat(first.version()).isEqualTo(2);
        assertThat(assignment.in(first, 3, reported(ModelState.DOWNLOADING))).isSameAs(first);
        assertThat(assignment.in(first, 3, reported(ModelState.ACTIVE))).isSameAs(first);
        assertThat(assignment.in(first, 3, reported(ModelState.REJECTED)).models())
                .singleElement()
                .satisfies(model -> assertThat(model.assigned()).isEqualTo(3));
        assertThat(new Assignment(RELEASE, 1_000)
                        .in(first, 3, reported(ModelState.ACTIVE))
                        .models())
                .singleElement()
                .satisfies(model -> assertThat(model.shadowMillis()).isEqualTo(1_000));
    }

    private static Reported reported(ModelState state) {
        var model = new Reported.Model(
                RELEASE.name(),
                RELEASE.version(),
                RELEASE.release(),
                RELEASE.manifest(),
                state,
                0,
                0,
                null,
                -1,
                -1,
                2,
                null);
        var config = new Reported.Config(0, 2, Desired.Config.of("").sha256(), Reported.State.ACTIVE, null);
        return new Reported("0.2.0", 1, null, 2, config, List.of(), List.of(model));
    }
}
