package io.fulmar.agent.api;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.fulmar.agent.run.ModelSource;
import io.fulmar.config.ModelSettings;
import io.fulmar.model.tflite.Interpreter;
import io.fulmar.model.tflite.InterpreterOptions;
import io.fulmar.model.tflite.ModelFile;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The protocol as its specification writes it, against real models on a real port. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class OpenInferenceProtocolTest {
    private static final String BEARING = "/v2/models/bearing-condition";
    private static final String HEADER = "Inference-Header-Content-Length";

    private final TestApi api = TestApi.ofSamples();
    private Interpreter own = open();

    private static Interpreter open() {
        Path file = Objects.requireNonNull(TestApi.sample("bearing-condition").file());
        return Interpreter.open(ModelFile.read(file), InterpreterOptions.DEFAULT);
    }

    @BeforeAll
    void asksOnce() {
        own = open();
    }

    @AfterAll
    void close() {
        own.close();
        api.close();
    }

    // ---- server and models

    @Test
    void theServerSaysWhatItIsAndThatItLives() {
        assertThat(text(api.get("/v2")))
                .isEqualTo("{\"name\":\"fulmar\",\"version\":\"1.2.3\","
                        + "\"extensions\":[\"binary_tensor_data\",\"classification\"]}");
        assertThat(text(api.get("/v2/health/live"))).isEqualTo("{\"live\":true}");
        assertThat(text(api.get("/v2/health/ready"))).isEqualTo("{\"live\":true,\"ready\":true}");
    }

    @Test
    void aModelSaysItsTensorsWithAndWithoutItsVersion() {
        String expected = "{\"name\":\"bearing-condition\",\"versions\":[\"1.0.0\"],\"platform\":\"tensorflow_tflite\","
                + "\"inputs\":[{\"name\":\"acceleration\",\"datatype\":\"INT8\",\"shape\":[-1,1,256,1]}],"
                + "\"outputs\":[{\"name\":\"" + own.output(0).name()
                + "\",\"datatype\":\"INT8\",\"shape\":[-1," + own.output(0).elements() + "]}]}";

        assertThat(text(api.get(BEARING))).isEqualTo(expected);
        assertThat(text(api.get(BEARING + "/versions/1.0.0"))).isEqualTo(expected);
        assertThat(text(api.get(BEARING + "/ready"))).isEqualTo("{\"name\":\"bearing-condition\",\"ready\":true}");
        assertThat(api.get(BEARING + "/versions/1.0.0/ready").statusCode()).isEqualTo(200);
        assertThat(api.get(BEARING + "/versions/9/ready").statusCode()).isEqualTo(503);
    }

    @Test
    void askingWhatThereIsMakesNoModelReadyToRun() {
        try (TestApi fresh = TestApi.ofSamples()) {
            fresh.get("/v2/health/ready");
            fresh.get(BEARING);
            assertThat(fresh.models.view()).allMatch(it -> it.loaded() == 0);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "/v2/models/none, 404, there is no model 'none' here",
        "/v2/models/none/ready, 404, there is no model 'none' here",
        "/v2/models/bearing-condition/versions/9, 404, 'model bearing-condition has no version ''9'' here, only 1.0.0'",
        "/v2/models, 404, there is nothing at /v2/models",
        "/v2/models/bearing-condition/infer, 405, only POST is answered there",
    })
    void whatIsNotThereIsAnErrorThatSaysSo(String path, int status, String message) {
        HttpResponse<byte[]> answer = api.get(path);

        assertThat(answer.statusCode()).isEqualTo(status);
        assertThat(json(answer).at("/error").asString()).startsWith(message);
    }

    // ---- inference

    @Test
    void numbersInJsonGiveWhatTheInterpreterGives() {
        byte[] input = TestApi.window(1);
        HttpResponse<byte[]> answer = infer(request("[1,1,256,1]", numbers(input), "\"id\":\"42\","));

        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/json");
        JsonNode said = json(answer);
        assertThat(said.at("/model_name").asString()).isEqualTo("bearing-condition");
        assertThat(said.at("/model_version").asString()).isEqualTo("1.0.0");
        assertThat(said.at("/id").asString()).isEqualTo("42");
        assertThat(said.at("/outputs/0/shape").toString())
                .isEqualTo("[1," + own.output(0).elements() + "]");
        assertThat(data(said, 0)).containsExactly(direct(input));
    }

    @Test
    void nestedAndFlatListsAreTheSameTensor() {
        byte[] input = TestApi.window(2);
        String flat = numbers(input);

        assertThat(text(infer(request("[1,1,256,1]", "[" + flat + "]", ""))))
                .isEqualTo(text(infer(request("[1,1,256,1]", flat, ""))));
    }

    @Test
    void bytesBehindTheJsonAreTheSameTensorAndComeBackAsBytesWhereTheyAreWanted() {
        byte[] input = TestApi.window(3);
        byte[] header = ("{\"inputs\":[{\"name\":\"acceleration\",\"shape\":[1,1,256,1],\"datatype\":\"INT8\","
                        + "\"parameters\":{\"binary_data_size\":256}}],\"parameters\":{\"binary_data_output\":true}}")
                .getBytes(UTF_8);
        HttpResponse<byte[]> answer =
                api.post(BEARING + "/infer", TestApi.joined(header, input), HEADER, "" + header.length);

        assertThat(answer.statusCode()).isEqualTo(200);
        assertThat(answer.headers().firstValue("Content-Type")).hasValue("application/octet-stream");
        int length = (int) answer.headers().firstValueAsLong(HEADER).orElseThrow();
        JsonNode said = JsonMapper.shared().readTree(Arrays.copyOf(answer.body(), length));
        byte[] output = Arrays.copyOfRange(answer.body(), length, answer.body().length);
        assertThat(said.at("/outputs/0/parameters/binary_data_size").asInt()).isEqualTo(output.length);
        assertThat(said.at("/outputs/0").has("data")).isFalse();
        assertThat(output).isEqualTo(direct(input));
    }

    @Test
    void aBatchGivesWhatItsInputsGiveOneByOne() {
        byte[] first = TestApi.window(4);
        byte[] second = TestApi.window(5);
        JsonNode said = json(infer(request("[2,1,256,1]", "[" + numbers(first) + "," + numbers(second) + "]", "")));

        int classes = own.output(0).elements();
        assertThat(said.at("/outputs/0/shape").toString()).isEqualTo("[2," + classes + "]");
        assertThat(data(said, 0)).containsExactly(TestApi.joined(direct(first), direct(second)));
    }

    @Test
    void onlyTheOutputsThatAreNamedComeAndEachAsItWants() {
        String output = own.output(0).name();
        byte[] input = TestApi.window(6);
        String wanted = "\"parameters\":{\"binary_data_output\":true},\"outputs\":[{\"name\":\"" + output
                + "\",\"parameters\":{\"binary_data\":false}}],";

        assertThat(data(json(infer(request("[1,1,256,1]", numbers(input), wanted))), 0))
                .containsExactly(direct(input));
        HttpResponse<byte[]> none =
                infer(request("[1,1,256,1]", numbers(input), "\"outputs\":[{\"name\":\"nothing\"}],"));
        assertThat(none.statusCode()).isEqualTo(400);
        assertThat(text(none)).contains("there is no output nothing");
    }

    @Test
    void theBestClassesComeAsTextsInJsonAndBehindTheirLengthsInBytes() {
        String output = own.output(0).name();
        byte[] input = TestApi.window(7);
        String wanted = "\"outputs\":[{\"name\":\"%s\",\"parameters\":{\"classification\":2%s}}],";
        JsonNode said =
                json(infer(request("[1,1,256,1]", numbers(input), String.format(Locale.ROOT, wanted, output, ""))));
        HttpResponse<byte[]> binary = infer(request(
                "[1,1,256,1]", numbers(input), String.format(Locale.ROOT, wanted, output, ",\"binary_data\":true")));

        assertThat(said.at("/outputs/0/datatype").asString()).isEqualTo("BYTES");
        assertThat(said.at("/outputs/0/shape").toString()).isEqualTo("[1,2]");
        byte[] scores = direct(input);
        int best = best(scores);
        String text = said.at("/outputs/0/data/0").asString();
        assertThat(text).startsWith(scores[best] + ":" + best + ":");
        int length = (int) binary.headers().firstValueAsLong(HEADER).orElseThrow();
        ByteBuffer elements = ByteBuffer.wrap(binary.body(), length, binary.body().length - length)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN);
        byte[] first = new byte[elements.getInt()];
        elements.get(first);
        assertThat(new String(first, UTF_8)).isEqualTo(text);
    }

    @Test
    void severalInputsAndOutputsOfOtherTypesGiveTheReferencesNumbers() throws IOException {
        Path folder = Path.of(System.getProperty("fulmar.root", "..")).resolve("../shared/testdata/multi_io");
        Path file = folder.resolve("multi_add.bin");
        assumeThat(file).as("the shared test data is not beside the repository").exists();
        List<ModelSettings> configured = List.of(TestApi.file("multi", file));
        try (TestApi several = new TestApi(TestApi.SETTINGS, ModelSource.FILES, configured);
                Interpreter model = Interpreter.open(ModelFile.read(file), InterpreterOptions.DEFAULT)) {
            List<String> inputs = new ArrayList<>();
            byte[] body = {};
            for (int i = 0; i < model.inputs().size(); i++) {
                byte[] bytes = Files.readAllBytes(folder.resolve("multi_add.in" + i + ".bin"));
                inputs.addFirst("{\"name\":\"" + model.input(i).name() + "\",\"datatype\":\"FP32\",\"shape\":"
                        + Arrays.toString(model.input(i).shape())
                        + ",\"parameters\":{\"binary_data_size\":" + bytes.length + "}}");
                body = TestApi.joined(bytes, body); // in another order than the model's
            }
            byte[] header = ("{\"parameters\":{\"binary_data_output\":true},\"inputs\":[" + String.join(",", inputs)
                            + "]}")
                    .getBytes(UTF_8);
            HttpResponse<byte[]> answer =
                    several.post("/v2/models/multi/infer", TestApi.joined(header, body), HEADER, "" + header.length);

            assertThat(answer.statusCode()).as(text(answer)).isEqualTo(200);
            int length = (int) answer.headers().firstValueAsLong(HEADER).orElseThrow();
            assertThat(Arrays.copyOfRange(answer.body(), length, answer.body().length))
                    .isEqualTo(TestApi.joined(
                            Files.readAllBytes(folder.resolve("multi_add.out0.ref.bin")),
                            Files.readAllBytes(folder.resolve("multi_add.out1.ref.bin"))));
        }
    }

    // ---- what is wrong

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "not json | the request is not valid JSON",
                "[] | the request is not a JSON object",
                "{} | the request has no \"inputs\"",
                "{\"inputs\":[]} | the request has no \"inputs\"",
                "{\"inputs\":[{}]} | an input needs \"name\", \"shape\" and \"datatype\"",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP8\"}]} | input x: there is no datatype 'FP8'",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"INT8\"}]} | input x has no \"data\"",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[-1],\"datatype\":\"INT8\",\"data\":[]}]} | \"shape\" is a whole number",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"INT8\",\"data\":[200]}]} | input x of INT8 takes whole numbers from -128 to 127",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"INT8\",\"data\":[1,2]}]} | input x has more values than its shape [1]",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[3],\"datatype\":\"INT8\",\"data\":[1,2]}]} | input x has fewer values than its shape [3]",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[9999999,9999999],\"datatype\":\"INT8\",\"data\":[1]}]} | the shape [9999999, 9999999] is none, or too large",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1000000000],\"datatype\":\"FP64\",\"data\":[1]}]} | input x has fewer values than its shape",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP16\",\"data\":[1]}]} | input x: JSON has no FP16",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1e39]}]} | input x of FP32 takes numbers that fit it",
                "{\"inputs\":[{\"name\":\"x\",\"shape\":[1],\"datatype\":\"INT8\",\"data\":[1]}]} | input acceleration is missing",
                "{\"inputs\":[{\"name\":\"acceleration\",\"shape\":[1],\"datatype\":\"FP32\",\"data\":[1]}]} | input acceleration is INT8, not FP32",
                "{\"inputs\":[{\"name\":\"acceleration\",\"shape\":[1],\"datatype\":\"INT8\",\"data\":[1]}]} | input acceleration has the shape [-1, 1, 256, 1], not [1]",
                "{\"inputs\":[{\"name\":\"acceleration\",\"shape\":[99,1],\"datatype\":\"INT8\",\"parameters\":{\"binary_data_size\":99}}]} | input acceleration of INT8 [99, 1] has 99 bytes",
                "{\"id\":1,\"inputs\":[]} | \"id\" is a text",
            })
    void aRequestThatIsWrongIsToldWhatIsWrong(String body, String message) {
        HttpResponse<byte[]> answer = infer(body);

        assertThat(answer.statusCode()).as(text(answer)).isEqualTo(400);
        assertThat(json(answer).at("/error").asString()).startsWith(message);
    }

    @Test
    void aRequestThatIsTooLargeIsRefusedWithoutBeingHeld() {
        HttpResponse<byte[]> answer = api.post(BEARING + "/infer", new byte[3 << 20]);

        assertThat(answer.statusCode()).isEqualTo(413);
        assertThat(text(answer)).contains("at most 1048576 bytes");
        HttpResponse<byte[]> chunked = api.send(HttpRequest.newBuilder(api.uri(BEARING + "/infer"))
                .POST(HttpRequest.BodyPublishers.fromPublisher(
                        HttpRequest.BodyPublishers.ofByteArray(new byte[2 << 20])))
                .build());
        assertThat(chunked.statusCode()).isEqualTo(413);
    }

    @Test
    void aBodyOfUnknownLengthIsReadToItsEnd() {
        byte[] body = request("[1,1,256,1]", numbers(TestApi.window(1)), "").getBytes(UTF_8);
        HttpResponse<byte[]> answer = api.send(HttpRequest.newBuilder(api.uri(BEARING + "/infer"))
                .POST(HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofByteArray(body)))
                .build());

        assertThat(text(answer)).isEqualTo(text(infer(new String(body, UTF_8))));
    }

    // ----

    private HttpResponse<byte[]> infer(String body) {
        return api.post(BEARING + "/infer", body.getBytes(UTF_8), "Content-Type", "application/json");
    }

    private static String request(String shape, String data, String more) {
        return "{" + more + "\"inputs\":[{\"name\":\"acceleration\",\"data\":" + data + ",\"shape\":" + shape
                + ",\"datatype\":\"INT8\"}]}";
    }

    private static String numbers(byte[] values) {
        return Arrays.toString(values);
    }

    private byte[] direct(byte[] input) {
        own.input(0).writeRaw(input);
        own.invoke();
        byte[] output = new byte[own.output(0).elements()];
        own.output(0).readRaw(output);
        return output;
    }

    private static int best(byte[] scores) {
        int best = 0;
        for (int i = 1; i < scores.length; i++) {
            best = scores[i] > scores[best] ? i : best;
        }
        return best;
    }

    private static byte[] data(JsonNode answer, int output) {
        JsonNode data = answer.at("/outputs/" + output + "/data");
        byte[] bytes = new byte[data.size()];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) data.get(i).asInt();
        }
        return bytes;
    }

    private static String text(HttpResponse<byte[]> answer) {
        return new String(answer.body(), UTF_8);
    }

    private static JsonNode json(HttpResponse<byte[]> answer) {
        return JsonMapper.shared().readTree(answer.body());
    }
}
