package io.fulmar.fleet.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.fulmar.fleet.TestDatabase;
import io.fulmar.fleet.base.Limits;
import io.fulmar.fleet.database.Database;
import io.fulmar.fleet.database.Session;
import io.fulmar.fleet.query.CommandRow;
import io.fulmar.fleet.query.FleetQueries;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandAnswer.Outcome;
import io.fulmar.sync.wire.CommandResult;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.Stamp;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.EnumSource;

@ParameterizedClass
@EnumSource(TestDatabase.class)
class CommandStoreTest {
    @Parameter
    @SuppressWarnings("NullAway.Init")
    private TestDatabase database;

    private static final long NOW = 1_795_000_000_000L;
    private static final long HOUR = 3_600_000;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path dir;

    @SuppressWarnings("NullAway.Init")
    private Session session;

    @SuppressWarnings("NullAway.Init")
    private ControlStore store;

    @BeforeEach
    void open() {
        database.in(dir);
        session = Database.in(dir).openWriter();
        store = new ControlStore(session);
    }

    @AfterEach
    void close() throws Exception {
        store.close();
        session.close();
    }

    @Test
    void theSameCommandIsKeptOnceAndAnotherWithItsIdBesideIt() {
        keep("a", "ping", NOW, NOW + HOUR, null);
        keep("a", "ping", NOW + 5, NOW + HOUR, null);
        keep("a", "restart", NOW + 6, NOW + HOUR, null);

        assertThat(commands()).extracting(CommandRow::type).containsExactly("restart", "ping");
        assertThat(commands()).extracting(CommandRow::heard).containsExactly(1L, 2L);
    }

    @Test
    void aDeviceThatIsThereAndDoesNotAnswerIsOverdueLaterAndLaterUntilItAnswersOrTheCommandExpires() throws Exception {
        long first = Limits.COMMAND_OVERDUE.toMillis();
        online("press-7", true);
        online("press-8", false);
        keep("a", "ping", NOW, NOW + HOUR, null);
        HeardCommand toGroup = heard(new Target.Group("presses"), "g", "ping", NOW, NOW + HOUR, null);
        store.transaction("it", () -> {
            store.commands().keep(toGroup);
            store.commands().groups("press-8", List.of("presses"));
        });
        assertThat(store.commands().overdue(NOW + first - 1)).isEmpty();
        assertThat(store.commands().overdue(NOW + first)).containsExactly("press-7");

        keep("a", "ping", NOW + first, NOW + HOUR, null); // the repeat, as the fleet hears it
        assertThat(store.commands().overdue(NOW + first * 2)).isEmpty();
        assertThat(store.commands().overdue(NOW + first * 3)).containsExactly("press-7");
        online("press-8", true);
        assertThat(store.commands().overdue(NOW + first * 3)).containsExactlyInAnyOrder("press-7", "press-8");
        assertThat(store.commands().overdue(NOW + HOUR)).as("expired").isEmpty();

        answer("a", Outcome.DONE, NOW);
        assertThat(store.commands().overdue(NOW + HOUR - 1)).containsExactly("press-8");
    }

    private void online(String device, boolean online) throws Exception {
        try (var statement =
                session.prepare("INSERT INTO device (id, first_seen, last_seen, online) VALUES (?, 0, 0, ?)"
                        + " ON CONFLICT (id) DO UPDATE SET online = excluded.online")) {
            statement.setString(1, device);
            statement.setInt(2, online ? 1 : 0);
            statement.executeUpdate();
        }
    }

    @Test
    void aRepeatToOneDeviceOfAGroupIsNoCommandOfItsOwnButOnlyIfThereWasSuchACommand() {
        HeardCommand toGroup = heard(new Target.Group("presses"), "g", "ping", NOW, NOW + HOUR, null);
        HeardCommand repeat = heard(new Target.Repeated("press-7", "presses"), "g", "ping", NOW + 9, NOW + HOUR, null);
        HeardCommand lie = heard(new Target.Repeated("press-7", "presses"), "x", "ping", NOW + 9, NOW + HOUR, null);
        for (HeardCommand command : List.of(toGroup, repeat, lie)) {
            store.transaction("it", () -> store.commands().keep(command));
        }

        assertThat(commands()).extracting(CommandRow::id).containsExactly("x", "g");
        assertThat(commands()).extracting(CommandRow::target).containsExactly("press-7", "presses");
        assertThat(commands().getLast().heard()).isEqualTo(2);
    }

    @Test
    void theFirstAnswerStandsButForARefusal() {
        keep("a", "ping", NOW, NOW + HOUR, null);
        for (Outcome outcome : List.of(Outcome.REFUSED, Outcome.DONE, Outcome.FAILED, Outcome.REFUSED)) {
            answer("a", outcome, NOW + 1);
        }
        assertThat(commands().getFirst().state(NOW)).isEqualTo("done");
    }

    @Test
    void whatIsAnsweredExpiredOrNotYetValidDoesNotWait() {
        keep("waits", "ping", NOW, NOW + HOUR, null);
        keep("expired", "ping", NOW, NOW + 10, null);
        keep("answered", "ping", NOW, NOW + HOUR, null);
        keep("later", "ping", NOW, NOW + HOUR, NOW + 1_000);
        answer("answered", Outcome.REFUSED, NOW + 5);
        answer("later", Outcome.REFUSED, NOW + 5);

        assertThat(waiting(NOW + 20)).containsExactly("waits");
        assertThat(waiting(NOW + 1_000)).as("refused because it came too early").containsExactly("waits", "later");
        assertThat(store.commands().ripened(NOW, NOW + 999)).isEmpty();
        assertThat(store.commands().ripened(NOW + 999, NOW + 1_000)).containsExactly("press-7");
        answer("later", Outcome.REFUSED, NOW + 1_001);
        assertThat(waiting(NOW + 2_000)).containsExactly("waits");
        assertThat(waiting(NOW + HOUR)).isEmpty();
    }

    @Test
    void oldCommandsAndTheOldestOfTooManyAreDroppedWithTheirAnswers() {
        long longAgo =
                NOW - Limits.COMMANDS_KEPT_FOR.toMillis() - Duration.ofDays(1).toMillis();
        keep("old", "ping", longAgo, longAgo + HOUR, null);
        answer("old", Outcome.DONE, longAgo);
        answer("orphan", Outcome.DONE, NOW);
        store.transaction("many", () -> {
            for (int i = 0; i < Limits.COMMANDS_KEPT + 10; i++) {
                store.commands().keep(heard(new Target.Device("press-7"), "c" + i, "ping", NOW, NOW + HOUR, null));
            }
        });

        store.commands().forgetOld(NOW);

        try (var queries = FleetQueries.open(dir)) {
            assertThat(queries.commands(null, "old", 1)).isEmpty();
            assertThat(queries.commands(null, "c9", 1)).isEmpty();
            assertThat(queries.commands(null, "c10", 1)).hasSize(1);
        }
        keep("old", "ping", NOW, NOW + HOUR, null);
        assertThat(commands().getFirst().answers())
                .as("its answer went with it")
                .isEmpty();
        keep("orphan", "ping", NOW, NOW + HOUR, null);
        assertThat(commands().getFirst().answers()).as("a young answer stays").hasSize(1);
    }

    @Test
    void aCommandWithoutAnEndIsRepeatedForAnHourAndNoneForMoreThanAWeek() {
        HeardCommand heard = HeardCommand.read(
                new Target.Device("press-7"),
                Commands.encode(new Command("a", "ping", Map.of(), null, null, null, null)),
                NOW);
        assertThat(heard.expiresMillis()).isEqualTo(NOW + HOUR);
        HeardCommand forEver = heard(new Target.Device("press-7"), "b", "ping", NOW, Long.MAX_VALUE, null);
        assertThat(forEver.expiresMillis()).isEqualTo(NOW + 7 * 24 * HOUR);
    }

    private void keep(String id, String type, long now, long expires, @Nullable Long notBefore) {
        HeardCommand command = heard(new Target.Device("press-7"), id, type, now, expires, notBefore);
        store.transaction("it", () -> store.commands().keep(command));
    }

    private static HeardCommand heard(
            Target target, String id, String type, long now, long expires, @Nullable Long notBefore) {
        return HeardCommand.read(
                target, Commands.encode(new Command(id, type, Map.of(), notBefore, expires, null, null)), now);
    }

    private void answer(String id, Outcome outcome, long now) {
        var result = new CommandResult(new Stamp(1, 1, 1), id, "ping", outcome, null, null, 0);
        store.transaction("it", () -> store.commands().answered("press-7", result, now));
    }

    private List<String> waiting(long now) {
        return store.commands().waiting("press-7", 0, now).stream()
                .map(waiting -> {
                    String json = new String(waiting.bytes(), java.nio.charset.StandardCharsets.UTF_8);
                    return json.substring(7, json.indexOf('"', 7));
                })
                .toList();
    }

    private List<CommandRow> commands() {
        try (var queries = FleetQueries.open(dir)) {
            return queries.commands(null, null, 100);
        }
    }
}
