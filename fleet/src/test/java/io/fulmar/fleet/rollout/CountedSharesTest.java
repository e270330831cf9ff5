package io.fulmar.fleet.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.TestPackages;
import io.fulmar.fleet.catalog.Catalog;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.model.pack.PackageReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the gates of a wave see of the counted predictions. The release was tested on data of which half was normal, a fifth
 * each imbalance and misalignment, a tenth bearing-fault; the expected indexes were calculated apart from this program.
 */
@ParameterizedClass
@EnumSource(TestDatabase.class)
class CountedSharesTest {
    private static final long HOUR = 3_600_000;
    private static final long MADE = 500_000 * HOUR + 1_800_000;

    /** 0.1, 0.2, 0.4, 0 and 0.3 of smoke against 0.5, 0.2, 0.2, 0.1 and 0; nothing counts as 0.0001. */
    private static final double LABELS = 3.873599;

    /** 0.1, 0.4, 0.5 in the tenths 0, 4, 9 against 0.05, 0.05, 0.1, 0.1, 0.2, 0.5 in the tenths 4 to 9. */
    private static final double CONFIDENCE = 4.627588;

    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase kind;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path dir;

    @SuppressWarnings("NullAway.Init")
    private Database database;

    @SuppressWarnings("NullAway.Init")
    private Session session;

    @SuppressWarnings("NullAway.Init")
    private PublishedReleases releases;

    @BeforeEach
    void open() throws Exception {
        kind.in(dir);
        var catalog = new Catalog(dir);
        catalog.publish(PackageReader.open(TestPackages.sampleWithReference(dir.resolve("package"))), null);
        releases = new PublishedReleases(catalog);
        database = Database.in(dir);
        session = database.openWriter();
    }

    @AfterEach
    void close() {
        session.close();
        database.close();
    }

    @Test
    void eachWaveIsComparedWithWhatTheReleaseWasTestedOn() throws Exception {
        Rollout rollout = rollout(1, member("a", 0, MemberState.ACTIVE), member("b", 1, MemberState.ACTIVE));
        labels("a", "1.0.0", MADE, Map.of("normal", 50L, "imbalance", 20L, "misalignment", 20L, "bearing-fault", 10L));
        labels("b", "1.0.0", MADE + HOUR, Map.of("normal", 10L, "imbalance", 20L, "misalignment", 40L, "smoke", 30L));
        confidence("b", Map.of(8, 2L, 9, 3L, 11, 5L, 13, 10L, 14, 4L, 15, 6L, 16, 20L, 18, 20L, 19, 30L));
        Map<Integer, Facts.Shares> shares = read(rollout);
        assertThat(shares).containsOnlyKeys(0, 1);
        assertThat(of(shares, 0).predictions()).isEqualTo(100);
        assertThat(of(shares, 0).labelShift()).isCloseTo(0, within(1e-12));
        assertThat(of(shares, 0).confidenceShift()).as("none was counted").isNull();
        assertThat(of(shares, 1).predictions()).isEqualTo(100);
        assertThat(of(shares, 1).labelShift()).isCloseTo(LABELS, within(1e-6));
        assertThat(of(shares, 1).confidenceShift()).as("the same as tested").isCloseTo(0, within(1e-12));
    }

    @Test
    void confidenceThatMovesIsSeen() throws Exception {
        Rollout rollout = rollout(0, member("a", 0, MemberState.ACTIVE));
        labels("a", "1.0.0", MADE, Map.of("normal", 100L));
        confidence("a", Map.of(0, 10L, 9, 40L, 19, 50L));
        assertThat(of(read(rollout), 0).confidenceShift()).isCloseTo(CONFIDENCE, within(1e-6));
    }

    @Test
    void onlyWhatActiveDevicesOfOpenWavesSaidWithThisReleaseSinceCounts() throws Exception {
        Rollout rollout = rollout(
                0,
                member("a", 0, MemberState.ACTIVE),
                member("failed", 0, MemberState.FAILED),
                member("later", 1, MemberState.ACTIVE));
        for (String device : List.of("a", "failed", "later", "stranger")) {
            labels(device, "1.0.0", MADE, Map.of("normal", 7L));
        }
        labels("a", "0.9.0", MADE, Map.of("normal", 100L));
        labels("a", "1.0.0", MADE - HOUR, Map.of("normal", 100L));
        Map<Integer, Facts.Shares> shares = read(rollout);
        assertThat(shares).containsOnlyKeys(0);
        assertThat(of(shares, 0).predictions()).isEqualTo(7);
    }

    private static Facts.Shares of(Map<Integer, Facts.Shares> shares, int wave) {
        return Objects.requireNonNull(shares.get(wave));
    }

    private Map<Integer, Facts.Shares> read(Rollout rollout) throws SQLException {
        return new CountedShares(releases).read(session, rollout);
    }

    private static Member member(String device, int wave, MemberState state) {
        return new Member(device, wave, state, 1, MADE, false, null);
    }

    /** One whose row says that it was made at that time. */
    private Rollout rollout(int wave, Member... members) throws SQLException {
        Plan plan = PlanJson.read("""
                {"name":"x","release":{"model":"bearing-condition"},"target":"all","gates":{"labelShift":0.2},
                 "waves":[{"devices":1},{"percent":100}]}""".getBytes(StandardCharsets.UTF_8), releases);
        for (Member member : members) {
            execute(
                    "INSERT INTO rollout_device (rollout, device, wave, state, version, since, shadow)"
                            + " VALUES ('r1', ?, ?, ?, 1, 1, 0)",
                    member.device(),
                    member.wave(),
                    member.state().text());
        }
        return new Rollout("r1", plan, RolloutState.RUNNING, wave, MADE, MADE, 0, -1, null, 1, List.of(members));
    }

    private void labels(String device, String version, long millis, Map<String, Long> counts) throws SQLException {
        for (Map.Entry<String, Long> count : counts.entrySet()) {
            execute(
                    "INSERT INTO prediction_count (device, model, version, hour, label, count)"
                            + " VALUES (?, 'bearing-condition', ?, ?, ?, ?)",
                    device,
                    version,
                    Math.floorDiv(millis, HOUR) * HOUR,
                    count.getKey(),
                    count.getValue());
        }
    }

    private void confidence(String device, Map<Integer, Long> counts) throws SQLException {
        for (Map.Entry<Integer, Long> count : counts.entrySet()) {
            execute(
                    "INSERT INTO confidence_count (device, model, version, hour, bucket, count)"
                            + " VALUES (?, 'bearing-condition', '1.0.0', ?, ?, ?)",
                    device,
                    Math.floorDiv(MADE, HOUR) * HOUR,
                    count.getKey(),
                    count.getValue());
        }
    }

    private void execute(String sql, @Nullable Object... values) throws SQLException {
        try (PreparedStatement statement = session.prepare(sql)) {
            for (int i = 0; i < values.length; i++) {
                statement.setObject(i + 1, values[i]);
            }
            statement.executeUpdate();
        }
    }
}
