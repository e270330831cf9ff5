package io.fulmar.model.pack;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SemanticVersionTest {
    /** In the order of semver.org, section 11. */
    private static final List<String> ORDER = List.of(
            "0.9.9",
            "1.0.0-0",
            "1.0.0-2",
            "1.0.0-10",
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-beta.2",
            "1.0.0-beta.11",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.2.0",
            "1.10.0",
            "2.0.0-SNAPSHOT",
            "2.0.0",
            "99999999999999999999.0.0");

    @Test
    void versionsHaveTheOrderOfTheStandard() {
        for (int i = 0; i < ORDER.size(); i++) {
            for (int j = 0; j < ORDER.size(); j++) {
                assertThat(Integer.signum(version(ORDER.get(i)).compareTo(version(ORDER.get(j)))))
                        .as(ORDER.get(i) + " and " + ORDER.get(j))
                        .isEqualTo(Integer.compare(i, j));
            }
        }
        assertThat(version("1.0.0+one").compareTo(version("1.0.0+two"))).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "1",
                "1.0",
                "1.0.0.0",
                "v1.0.0",
                "01.0.0",
                "1.0.0-",
                "1.0.0-01",
                "1.0.0-a..b",
                "1.0.0+",
                "1.0.0 "
            })
    void whatIsNoVersionIsNone(String text) {
        assertThat(SemanticVersion.ofText(text)).isNull();
    }

    @Test
    void aVersionIsNoLongerThanSixtyFourCharacters() {
        assertThat(SemanticVersion.ofText("1.0.0-" + "a".repeat(58))).isNotNull();
        assertThat(SemanticVersion.ofText("1.0.0-" + "a".repeat(59))).isNull();
    }

    private static SemanticVersion version(String text) {
        return Objects.requireNonNull(SemanticVersion.ofText(text));
    }
}
