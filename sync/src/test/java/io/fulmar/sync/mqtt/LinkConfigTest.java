package io.fulmar.sync.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.URI;
import java.nio.file.Path;
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
        assertThat(LinkConfig.builder(URI.create("mqtts://broker"), "d").build().port())
                .isEqualTo(8883);
    }

    @Test
    void anEncryptedConnectionTrustsThisMachinesAuthoritiesUnlessItIsToldWhich() {
        Tls own = new Tls(Path.of("ca.pem"), null, null);

        assertThat(LinkConfig.builder(URI.create("mqtts://broker"), "d").build().tls())
                .isEqualTo(Tls.OF_THIS_MACHINE);
        assertThat(LinkConfig.builder(URI.create("mqtts://broker"), "d")
                        .tls(own)
                        .build()
                        .tls())
                .isEqualTo(own);
        assertThat(LinkConfig.builder(URI.create("mqtt://broker"), "d").build().tls())
                .isNull();
    }

    @Test
    void tlsSettingsThatWouldGoUnusedAreRefused() {
        assertThatThrownBy(() -> LinkConfig.builder(URI.create("mqtt://broker"), "d")
                        .tls(Tls.OF_THIS_MACHINE)
                        .build())
                .isInstanceOfSatisfying(
                        LinkException.class, e -> assertThat(e.hint()).contains("mqtts://broker"));
        assertThatThrownBy(() -> new Tls(null, Path.of("cert.pem"), null))
                .hasMessageContaining("cert.pem")
                .hasMessageContaining("without its private key");
    }

    @Test
    void secretsAreNotShown() {
        assertThat(new Credentials("d7", () -> "hush")).hasToString("Credentials[d7]");
        assertThatThrownBy(() -> LinkConfig.builder(URI.create("mqtt://d7:hush@broker"), "d")
                        .build())
                .hasMessageContaining("user name")
                .hasMessageNotContaining("hush");
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
