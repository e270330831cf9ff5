package io.fulmar.model.tflite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that are no usable model are refused with the cause, before native code sees them. */
class BadModelTest {
    @ParameterizedTest
    @CsvSource({
        "bad/invalid_model.bin, not a TensorFlow Lite model",
        "bad/test_model_broken.bin, not a TensorFlow Lite model",
        "bad/no_subgraphs.bin, has no subgraph",
        "bad/with_custom_op.lite, needs custom operators that this runtime does not have",
        "bad/softplus_flex.bin, FlexSoftplus"
    })
    void aBadFileIsRefusedWithItsCause(String file, String cause) {
        Path model = TestData.file(file); // where there is no test data, the test ends here and is skipped

        assertThatExceptionOfType(ModelException.class)
                .isThrownBy(() -> ModelFile.read(model))
                .withMessageContaining(cause)
                .satisfies(e -> assertThat(e.hint()).isNotBlank());
    }
}
