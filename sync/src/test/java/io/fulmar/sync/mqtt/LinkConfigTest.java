package io.fulmar.sync.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class LinkConfigTest {
    @Test
    void thePortIsMqttsOwnUnlessTheUrlNamesOne() {
        assertThat(LinkConfig.builder(URI.create("mqtt://broker"), "d").build().port())
                .isEqualTo(1883);
        assertThat(LinkConfig.builder(URI.create("mqtt://broker:2000"), "d")
                        .build()
                        .port())
                .isEqualTo(2000);
    }

    @Test
    void whatCannotWorkIsRefusedWithAHint() {
        assertThatThrownBy(() ->
                        LinkConfig.builder(URI.create("http://broker"), "d").build())
                .isInstanceOfSatisfying(LinkException.class, e -> {
                    assertThat(e.category()).isEqualTo(LinkException.Category.PERMANENT);
                    assertThat(e).hasMessageContaining("http://broker");
                    assertThat(e.hint()).contains("mqtt://");
                });
        assertThatThrownBy(() -> LinkConfig.builder(URI.create("mqtt:///"), "d").build())
                .hasMessageContaining("no host");
        assertThatThrownBy(() ->
                        LinkConfig.builder(URI.create("mqtt://broker"), "").build())
                .hasMessageContaining("client id");
        assertThatThrownBy(() -> LinkConfig.builder(URI.create("mqtt://broker"), "d")
                        .keepAlive(Duration.ofMillis(10))
                        .build())
                .hasMessageContaining("keep-alive");
    }
}
