package io.fulmar.fleet.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.fleet.identity.Permissions.Access;
import io.fulmar.sync.wire.Stream;
import io.fulmar.sync.wire.Topics;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PermissionsTest {
    private static final Principal PRESS = new Principal.Device("press-1", Set.of("presses"));
    private final Topics topics = new Topics(Topics.DEFAULT_PREFIX);
    private final Permissions permissions = new Permissions(Topics.DEFAULT_PREFIX);

    @Test
    void aDeviceDoesWhatTheProtocolWantsOfIt() {
        for (Stream stream : Stream.values()) {
            assertThat(permissions.allows(PRESS, Access.WRITE, topics.up("press-1", stream)))
                    .isTrue();
        }
        for (String topic : List.of(
                topics.hello("press-1"),
                topics.status("press-1"),
                topics.reported("press-1"),
                topics.commandResult("press-1"),
                topics.commandResult("press-1") + "/7")) {
            assertThat(permissions.allows(PRESS, Access.WRITE, topic)).as(topic).isTrue();
        }
        for (String topic : List.of(
                topics.down("press-1"),
                topics.command("press-1"),
                topics.desired("press-1"),
                topics.trust(),
                topics.groupCommand("presses"))) {
            assertThat(permissions.allows(PRESS, Access.READ, topic)).as(topic).isTrue();
        }
    }

    @Test
    void aDeviceNeitherWritesWhatIsSaidToItNorReadsWhatItSays() {
        assertThat(permissions.allows(PRESS, Access.WRITE, topics.command("press-1")))
                .isFalse();
        assertThat(permissions.allows(PRESS, Access.WRITE, topics.desired("press-1")))
                .isFalse();
        assertThat(permissions.allows(PRESS, Access.WRITE, topics.trust())).isFalse();
        assertThat(permissions.allows(PRESS, Access.WRITE, topics.down("press-1")))
                .isFalse();
        assertThat(permissions.allows(PRESS, Access.WRITE, topics.groupCommand("presses")))
                .isFalse();
        assertThat(permissions.allows(PRESS, Access.READ, topics.status("press-1")))
                .isFalse();
    }

    @Test
    void aDeviceCannotBeCalledLikeAServiceOrAnOperator() {
        assertThat(Principal.named("fleet:ingest")).isEqualTo(new Principal.Service("ingest"));
        assertThat(Principal.named("operator:local")).isEqualTo(new Principal.Operator("local"));
        assertThat(Principal.named("fleet")).isEqualTo(new Principal.Device("fleet", Set.of()));
        assertThat(Topics.isDeviceId("fleet:ingest")).isFalse();
        assertThat(Principal.named("a/b")).isNull();
        assertThat(Principal.named("+")).isNull();
    }

    @Test
    void aPrefixThatIsNoneIsRefused() {
        assertThatThrownBy(() -> new Permissions("a/#")).isInstanceOf(IllegalArgumentException.class);
    }
}
