package io.fulmar.model.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.model.trust.SigningKey;
import io.fulmar.model.trust.TrustException;
import io.fulmar.model.trust.TrustRole;
import io.fulmar.model.trust.TrustRoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptTrustAndFloorsTest {
    private final Path root;
    private final Path dir;

    KeptTrustAndFloorsTest(@TempDir Path root) {
        this.root = root;
        this.dir = root.resolve("state").resolve("trust");
    }

    @Test
    void aFloorOnlyRisesAndIsThereAfterAStart() {
        KeptFloors floors = KeptFloors.open(dir);
        assertThat(floors.floor("bearing")).isZero();
        floors.raise("bearing", 5);
        floors.raise("digits", 2);
        floors.raise("bearing", 3);
        assertThat(floors.floor("bearing")).isEqualTo(5);

        KeptFloors next = KeptFloors.open(dir);
        assertThat(next.floor("bearing")).isEqualTo(5);
        assertThat(next.floor("digits")).isEqualTo(2);
        assertThat(next.trouble()).isNull();
    }

    @Test
    void aFlippedBitInOneFileLosesNoFloorAndIsToldAndMended() throws IOException {
        KeptFloors.open(dir).raise("bearing", 5);
        for (String name : KeptFloors.FILES) {
            byte[] bytes = Files.readAllBytes(dir.resolve(name));
            for (int at = 0; at < bytes.length; at++) {
                byte[] rotten = bytes.clone();
                rotten[at] ^= (byte) (1 << at % 8);
                Files.write(dir.resolve(name), rotten);
                KeptFloors floors = KeptFloors.open(dir);
                assertThat(floors.floor("bearing"))
                        .as("%s, rot at %d", name, at)
                        .isEqualTo(5);
                assertThat(floors.trouble()).contains(name);
            }
            KeptFloors.open(dir).raise("bearing", 5);
            assertThat(KeptFloors.open(dir).trouble()).isNull();
        }
    }

    @Test
    void theNewerTrustRootCounts() {
        Path configured = root.resolve("trust.json");
        assertThat(KeptTrust.open(dir, null).root()).isNull();
        trust(2).write(configured);
        assertThat(version(KeptTrust.open(dir, configured))).isEqualTo(2);
        KeptTrust.open(dir, configured).keep(trust(4));
        assertThat(version(KeptTrust.open(dir, configured))).isEqualTo(4);
        assertThat(version(KeptTrust.open(dir, null))).isEqualTo(4);
        trust(5).replace(configured);
        assertThat(version(KeptTrust.open(dir, configured))).isEqualTo(5);
        assertThat(version(KeptTrust.open(dir, null))).isEqualTo(5);
    }

    @Test
    void aDamagedTrustRootIsToldAndTheConfiguredOneCounts() throws IOException {
        Path configured = root.resolve("trust.json");
        trust(2).write(configured);
        KeptTrust.open(dir, configured);
        Files.writeString(dir.resolve(KeptTrust.FILE), "{");
        KeptTrust kept = KeptTrust.open(dir, configured);
        assertThat(version(kept)).isEqualTo(2);
        assertThat(kept.trouble()).contains(KeptTrust.FILE);
        assertThat(KeptTrust.open(dir, configured).trouble()).isNull();
        Files.writeString(configured, "{");
        assertThatThrownBy(() -> KeptTrust.open(dir, configured)).isInstanceOf(TrustException.class);
    }

    private static int version(KeptTrust kept) {
        TrustRoot now = kept.root();
        return now == null ? 0 : now.version();
    }

    private static TrustRoot trust(int version) {
        var key = SigningKey.generate().verifyingKey();
        return TrustRoot.of(
                version,
                List.of(new TrustRoot.Key(key, null)),
                Map.of(TrustRole.RELEASE, new TrustRoot.Signers(List.of(key.id()), 1)));
    }
}
