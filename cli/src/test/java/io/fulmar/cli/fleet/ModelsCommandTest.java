package io.fulmar.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ModelsCommandTest {
    @Test
    void aReleaseIsComparedWithTheOneBesideOrBeforeItAsFarAsThatWasMeasured() {
        assertThat(ModelsCommand.compared(
                        JsonTree.read("{\"p95Micros\":8400,\"activeP95Micros\":9000,\"agreement\":0.9704}")))
                .isEqualTo("0.93 x 9000 us, 97.0 % the same");
        assertThat(ModelsCommand.compared(JsonTree.read("{\"p95Micros\":8400,\"activeP95Micros\":4000}")))
                .isEqualTo("2.10 x 4000 us");
        assertThat(ModelsCommand.compared(JsonTree.read("{\"agreement\":1}"))).isEqualTo("100.0 % the same");
        assertThat(ModelsCommand.compared(JsonTree.read("{\"p95Micros\":8400}")))
                .isNull();
    }
}
