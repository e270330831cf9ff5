package io.fulmar.fleet.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.TestPackages;
import io.fulmar.fleet.command.Assignment;
import io.fulmar.fleet.command.DesiredChanges;
import io.fulmar.fleet.command.OperatorSignature;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.rollout.Action;
import io.fulmar.fleet.rollout.PlanException;
import io.fulmar.fleet.rollout.PublishedReleases;
import io.fulmar.fleet.rollout.Rollouts;
import io.fulmar.model.pack.ModelManifest;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.sync.wire.Desired;
import io.fulmar.sync.wire.Reported;
import io.fulmar.sync.wire.Reported.ModelState;
import io.fulmar.sync.wire.Topics;
import io.fulmar.sync.wire.Wire;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/** Files of old releases go when nobody has a use for them, and never before. */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class CatalogKeeperTest {
    private static final Duration GRACE = Duration.ofHours(1);
    private static final String MODEL = "bearing-condition";

    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase kind;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Database database;

    @SuppressWarnings("NullAway.Init")
    private Catalog catalog;

    private long now = 1_700_000_000_000L;
    private final InstantSource clock = () -> Instant.ofEpochMilli(now);
    private long nanos;

    @BeforeEach
    void open() throws IOException {
        Path data = Files.createDirectories(dir.resolve("data"));
        kind.in(data);
        database = Database.in(data);
        database.openWriter().close();
        catalog = new Catalog(data);
        for (int release = 1; release <= 4; release++) {
            catalog.publish(PackageReader.open(TestPackages.release(packed(release), release)), null);
        }
    }

    @AfterEach
    void close() {
        database.close();
    }

    private Path packed(int release) {
        return dir.resolve("package-" + release);
    }

    /** A look of a service that has just been started. */
    private void look() {
        nanos += 1_000_000_000_000L;
        new CatalogKeeper(dir.resolve("data"), catalog, database, clock, 1, GRACE).work(nanos);
    }

    private Published release(int number) {
        return catalog.list().stream()
                .filter(it -> it.manifest().release() == number)
                .findFirst()
                .orElseThrow();
    }

    private List<Long> gone() {
        return catalog.list().stream()
                .filter(it -> it.retirement() != null && it.retirement().gone())
                .map(it -> it.manifest().release())
                .sorted()
                .toList();
    }

    private List<Long> retired() {
        return catalog.list().stream()
                .filter(it -> it.retirement() != null)
                .map(it -> it.manifest().release())
                .sorted()
                .toList();
    }

    private List<Path> files(int number) {
        Published release = release(number);
        return release.manifest().files().stream()
                .filter(file -> file.role() != ModelManifest.Role.CARD)
                .map(file -> release.folder().resolve("blobs/sha256").resolve(file.sha256()))
                .filter(Files::exists)
                .toList();
    }

    private static Desired.Model named(Published release) {
        return new Desired.Model(
                release.manifest().name(),
                release.manifest().version().toString(),
                release.manifest().release(),
                release.manifestDigest(),
                release.manifestBytes(),
                null);
    }

    private void assign(String device, int number) {
        new DesiredChanges(database, new OperatorSignature(dir, null), clock)
                .change(List.of(device), new Assignment(named(release(number)), 0)::in);
    }

    private void report(String device, int number, ModelState state) throws SQLException {
        Published release = release(number);
        var model = new Reported.Model(
                MODEL,
                release.manifest().version().toString(),
                number,
                release.manifestDigest(),
                state,
                0,
                0,
                null,
                -1,
                -1,
                1,
                null);
        var config = new Reported.Config(0, 0, Desired.Config.of("").sha256(), Reported.State.ACTIVE, null);
        byte[] document = new Wire(new Topics(Topics.DEFAULT_PREFIX))
                .encode(device, new Reported("0.2.0", now, null, 0, config, List.of(), List.of(model)))
                .payload();
        execute(
                "INSERT INTO reported (device, document, desired_version, sha256, state, reason, received) VALUES (?, ?, 0, '', 'active', NULL, 1)",
                device,
                new String(document, StandardCharsets.UTF_8));
    }

    private void execute(String sql, String... arguments) throws SQLException {
        try (Session session = database.openWriter();
                PreparedStatement statement = session.prepare(sql)) {
            for (int i = 0; i < arguments.length; i++) {
                statement.setString(i + 1, arguments[i]);
            }
            statement.executeUpdate();
        }
    }

    @Test
    void whatNobodyUsesGoesAfterAWhileAndStaysListedWithItsCard() throws Exception {
        report("press-1", 1, ModelState.ACTIVE);
        assign("press-2", 2);
        report("press-3", 3, ModelState.REJECTED);
        int before = files(3).size();
        look();
        assertThat(retired()).as("4 is the newest").containsExactly(3L);
        assertThat(gone()).isEmpty();
        assertThat(files(3)).hasSize(before);
        assertThatThrownBy(() -> new PublishedReleases(catalog).find(MODEL, null, 3L, null))
                .isInstanceOf(PlanException.class)
                .hasMessageContaining("are about to be deleted");

        now += GRACE.toMillis() - 1;
        look();
        assertThat(gone()).isEmpty();
        now++;
        look();
        assertThat(gone()).containsExactly(3L);
        assertThat(files(3)).isEmpty();
        assertThat(files(1)).isNotEmpty();
        assertThat(files(2)).isNotEmpty();
        assertThat(files(4)).isNotEmpty();
        assertThat(catalog.list()).hasSize(4);
        assertThat(release(3).manifest().files())
                .filteredOn(file -> file.role() == ModelManifest.Role.CARD)
                .allSatisfy(card -> assertThat(catalog.find(card.sha256())).isNotNull());
        assertThat(release(3).unavailable()).contains("were deleted");
    }

    @Test
    void whatSomebodyAskedForMeanwhileStays() throws Exception {
        look();
        assertThat(retired()).containsExactly(1L, 2L, 3L);
        assign("press-1", 1);
        report("press-2", 2, ModelState.DOWNLOADING);
        now += GRACE.toMillis();
        look();
        assertThat(retired()).containsExactly(3L);
        assertThat(gone()).containsExactly(3L);
        assertThat(files(1)).isNotEmpty();
        assertThat(files(2)).isNotEmpty();
    }

    @Test
    void whatARolloutNamesOrMayGoBackToStaysUntilItIsLongOver() throws Exception {
        execute("INSERT INTO device (id, first_seen, last_seen, online) VALUES ('press-1', 1, 1, 1)");
        var rollouts = new Rollouts(database, new OperatorSignature(dir, null), new PublishedReleases(catalog), clock);
        String plan = "{\"name\":\"back\",\"release\":{\"model\":\"" + MODEL
                + "\",\"number\":2},\"target\":\"all\",\"waves\":[{\"percent\":100}]}";
        String id = rollouts.create(plan.getBytes(StandardCharsets.UTF_8), "anna")
                .row()
                .id();
        execute(
                "UPDATE rollout_device SET before = ?",
                "{\"manifest\":\"" + release(1).manifestDigest() + "\"}");
        look();
        assertThat(retired()).containsExactly(3L);
        rollouts.ask(id, new Action.Abort(), "anna");
        look();
        assertThat(retired()).as("it may still be rolled back").containsExactly(3L);
        now += Duration.ofDays(31).toMillis();
        look();
        assertThat(retired()).containsExactly(1L, 2L, 3L);
    }

    @Test
    void killedWhileItDeletesTheNextOneGoesOn() {
        new Retirement(now, true).write(release(1).folder());
        new Retirement(now, true).write(release(2).folder());
        assign("press-2", 2); // too late: files of it may be missing already
        files(1).getFirst().toFile().delete();
        look();
        assertThat(files(1)).isEmpty();
        assertThat(files(2)).isEmpty();
        assertThat(catalog.list()).hasSize(4);
    }

    @Test
    void whatIsPublishedAgainIsThereAgain() {
        look();
        now += GRACE.toMillis();
        look();
        assertThat(gone()).containsExactly(1L, 2L, 3L);
        assertThat(catalog.publish(PackageReader.open(packed(2)), null)).isEqualTo(Publication.RESTORED);
        assertThat(release(2).unavailable()).isNull();
        assertThat(files(2)).isNotEmpty();
        assertThat(catalog.publish(PackageReader.open(packed(2)), null)).isEqualTo(Publication.UNCHANGED);
        assertThat(gone()).containsExactly(1L, 3L);
    }

    @Test
    void theNewestThatWasNotWithdrawnIsKept() {
        catalog.yank(MODEL, 4, new Yank(now, "anna", "wrong"));
        look();
        assertThat(retired()).containsExactly(1L, 2L, 4L);
    }

    @Test
    void nothingIsDeletedWhileSomethingCannotBeRead() throws Exception {
        assign("press-1", 4);
        execute("UPDATE reported SET document = 'x'");
        report("press-1", 4, ModelState.ACTIVE);
        execute("UPDATE reported SET document = ?", "{}");
        look();
        assertThat(retired()).isEmpty();
    }
}
