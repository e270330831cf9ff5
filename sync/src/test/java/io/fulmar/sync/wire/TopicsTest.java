package io.fulmar.sync.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TopicsTest {
    private final Topics topics = new Topics("fulmar/v1");

    @Test
    void everyTopicThatIsBuiltIsReadBack() {
        assertThat(topics.parse(topics.status("a.b-c_9"))).isEqualTo(new Topic.Status("a.b-c_9"));
        assertThat(topics.parse(topics.hello("a"))).isEqualTo(new Topic.Hello("a"));
        for (Stream stream : Stream.values()) {
            assertThat(topics.parse(topics.up("a", stream))).isEqualTo(new Topic.Up("a", stream));
        }
        assertThat(topics.parse(topics.down("a"))).isEqualTo(new Topic.Down("a"));
        assertThat(topics.parse(topics.command("a"))).isEqualTo(new Topic.Command("a"));
        assertThat(topics.parse(topics.commandResult("a"))).isEqualTo(new Topic.CommandResult("a"));
        assertThat(topics.commandResult("a", "me")).isEqualTo("fulmar/v1/d/a/cmd/result/me");
        assertThat(topics.parse(topics.commandResult("a", "me"))).isEqualTo(new Topic.CommandResult("a"));
        assertThat(topics.parse(topics.desired("a"))).isEqualTo(new Topic.Desired("a"));
        assertThat(topics.parse(topics.reported("a"))).isEqualTo(new Topic.Reported("a"));
        assertThat(topics.groupCommand("g-1")).isEqualTo("fulmar/v1/g/g-1/cmd");
        assertThat(topics.parse(topics.groupCommand("g-1"))).isEqualTo(new Topic.GroupCommand("g-1"));
        assertThat(topics.up("pump-7", Stream.DATA)).isEqualTo("fulmar/v1/d/pump-7/up/data");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "+", "#", "a/b", "a+", "a#", "$share", "a b", "ä", "a\u0000", "a\n", "../x"})
    void noDeviceIdCarriesAWildcardOrALevelIntoATopic(String device) {
        assertThat(Topics.isDeviceId(device)).isFalse();
        assertThatThrownBy(() -> topics.status(device)).isInstanceOf(IllegalArgumentException.class);
        assertThat(topics.parse("fulmar/v1/d/" + device + "/status")).isNull();
        assertThatThrownBy(() -> topics.groupCommand(device)).isInstanceOf(IllegalArgumentException.class);
        assertThat(topics.parse("fulmar/v1/g/" + device + "/cmd")).isNull();
        assertThatThrownBy(() -> topics.commandResult("a", device)).isInstanceOf(IllegalArgumentException.class);
        assertThat(topics.parse("fulmar/v1/d/a/cmd/result/" + device)).isNull();
    }

    @Test
    void aDeviceIdHasAtMost64Characters() {
        assertThat(Topics.isDeviceId("x".repeat(64))).isTrue();
        assertThat(Topics.isDeviceId("x".repeat(65))).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/", "fulmar/", "/fulmar", "a//b", "a/+", "#", "$SYS", "a b"})
    void aPrefixIsPlainLevels(String prefix) {
        assertThatThrownBy(() -> new Topics(prefix)).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "fulmar/v1/d/a",
                "fulmar/v1/d/a/",
                "fulmar/v1/d/a/up",
                "fulmar/v1/d/a/up/else",
                "fulmar/v1/d/a/up/DATA",
                "fulmar/v1/d/a/status/x",
                "fulmar/v2/d/a/status",
                "fulmar/v1/g/a",
                "fulmar/v1/g/a/cmd/result",
                "fulmar/v1/d/a/cmd/result/b/c",
                "status"
            })
    void aTopicOfSomethingElseIsNotRead(String topic) {
        assertThat(topics.parse(topic)).isNull();
    }

    @Test
    void blobsHaveTopicsOfOneDeviceAndOfAll() {
        String digest = "0123456789abcdef".repeat(4);
        Topics topics = new Topics(Topics.DEFAULT_PREFIX);
        assertThat(topics.parse(topics.blobGet("d1"))).isEqualTo(new Topic.BlobGet("d1"));
        assertThat(topics.parse(topics.deviceBlob("d1", digest))).isEqualTo(new Topic.DeviceBlob("d1", digest));
        assertThat(topics.parse(topics.sharedBlob(digest))).isEqualTo(new Topic.SharedBlob(digest));
        assertThat(topics.parse(topics.trust())).isEqualTo(new Topic.Trust());
        assertThat(topics.parse(topics.trust() + "/x")).isNull();
        assertThat(topics.parse("fulmar/v1/b/../x")).isNull();
        assertThat(topics.parse("fulmar/v1/d/d1/blob/" + digest + "0")).isNull();
        assertThatThrownBy(() -> topics.sharedBlob("+")).isInstanceOf(IllegalArgumentException.class);
    }
}
