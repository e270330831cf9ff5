package io.fulmar.agent.io.source;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fulmar.agent.io.Content;
import io.fulmar.agent.io.FrameForm;
import io.fulmar.agent.io.SourceException;
import io.fulmar.config.SourceSettings.Element;
import io.fulmar.config.SourceSettings.MessageForm;
import io.fulmar.config.SourceSettings.Numbers;
import io.fulmar.config.SourceSettings.Payload;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MessageDecoderTest {
    private final Interpreter model = Interpreter.open(
            ModelFile.read(Path.of(System.getProperty("fulmar.root", ".."))
                    .resolve("models/samples/bearing-condition/bearing-condition.tflite")),
            InterpreterOptions.DEFAULT);

    @AfterEach
    void close() {
        model.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1,2.5,-3", "1;2.5;-3\n", "1\t2.5 -3", "# a comment\n1\n2.5\r\n-3\n\n"})
    void numbersOfTextStandBetweenWhateverSeparatesThem(String text) {
        assertThat(numbers(Payload.CSV, Element.FLOAT32, text.getBytes(StandardCharsets.UTF_8)))
                .isEqualTo("[1.0, 2.5, -3.0]");
    }

    @Test
    void numbersOfBytesAreLittleEndian() {
        ByteBuffer floats = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        floats.putFloat(1).putFloat(-2.5f).putFloat(3e7f);
        assertThat(numbers(Payload.RAW, Element.FLOAT32, floats.array())).isEqualTo("[1.0, -2.5, 3.0E7]");
        assertThat(numbers(Payload.RAW, Element.INT16, new byte[] {1, 0, 0, 1, -1, -1}))
                .isEqualTo("[1.0, 256.0, -1.0]");
        assertThat(numbers(Payload.RAW, Element.INT8, new byte[] {1, -1, -128})).isEqualTo("[1.0, -1.0, -128.0]");
        assertThat(numbers(Payload.RAW, Element.UINT8, new byte[] {1, -1, -128}))
                .isEqualTo("[1.0, 255.0, 128.0]");
    }

    @Test
    void aFileIsAFrameAsItIs() {
        byte[] jpeg = {(byte) 0xFF, (byte) 0xD8, (byte) 0xFF, 7};
        assertThat(decoder(Payload.IMAGE, Element.FLOAT32).form()).isEqualTo(new FrameForm.Encoded());
        Content.Encoded content =
                (Content.Encoded) decoder(Payload.IMAGE, Element.FLOAT32).decode(jpeg, "it");
        assertThat(content.bytes()).isSameAs(jpeg);
        assertThat(content.mediaType()).isEqualTo("image/jpeg");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            CSV   | 1,2         | it has 2 of 3 values
            CSV   | 1,2,3,4     | it has more than 3 values
            CSV   | 1,x,3       | it value 2 is "x", not a number
            CSV   | 1,NaN,3     | it value 2 is NaN
            RAW   | 1234        | it has 4 bytes, expected 12
            JSON  | [1,2]       | it has 2 values, expected 3
            IMAGE | GIF89a      | it is no JPEG, PNG or BMP
            WAV   | RIFFxxxxAVI | it is no WAV
            CSV   | 1,22222222222222222222222222222222222222222222222222,3 | it has 54 bytes, more than max_size
            """)
    void whatIsMalformedIsSaid(Payload format, String text, String problem) {
        assertThatThrownBy(() -> decoder(format, Element.FLOAT32).decode(text.getBytes(StandardCharsets.UTF_8), "it"))
                .isInstanceOf(SourceException.class)
                .hasMessage(problem);
    }

    @Test
    void aNumberThatIsNoneIsRefused() {
        byte[] bytes = new byte[12];
        bytes[6] = (byte) 0x80;
        bytes[7] = 0x7F;
        assertThatThrownBy(() -> decoder(Payload.RAW, Element.FLOAT32).decode(bytes, "it"))
                .hasMessage("it has Infinity as value 2");
    }

    @Test
    void withoutColumnsItHasAsManyNumbersAsTheModelsInput() {
        MessageForm form = new MessageForm(Payload.RAW, Numbers.ALL, Element.INT8, 1_000);
        assertThat(new MessageDecoder(form, model.input(0)).form()).isEqualTo(new FrameForm.Values(256));
    }

    private String numbers(Payload format, Element element, byte[] bytes) {
        return Arrays.toString(((Content.Values) decoder(format, element).decode(bytes, "it")).values());
    }

    private MessageDecoder decoder(Payload format, Element element) {
        return new MessageDecoder(new MessageForm(format, new Numbers(3, List.of("$")), element, 50), model.input(0));
    }
}
