package io.fulmar.fleet.identity;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The names in a server's certificate. */
class ServerNamesTest {
    @Test
    void anAddressIsNamedWithoutTheInterfaceOfThisMachineByWhichItIsReached() {
        assertThat(ServerNames.withoutScope("fd00:0:0:0:0:0:0:7%eth0")).isEqualTo("fd00:0:0:0:0:0:0:7");
        assertThat(ServerNames.withoutScope("192.0.2.7")).isEqualTo("192.0.2.7");
    }

    @Test
    void allNamesThatThisMachineHasFitIntoACertificate(@TempDir Path dir) {
        List<String> names = ServerNames.of(List.of("fleet.example.org"), "0.0.0.0");
        assertThat(names).startsWith("fleet.example.org").contains("localhost", "127.0.0.1");
        FleetIdentity identity = FleetIdentity.openOrCreate(dir, InstantSource.system());
        assertThat(identity.server(names).certificate()).isRegularFile();
    }
}
