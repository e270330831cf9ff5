package io.fulmar.cli.model;

import io.fulmar.cli.ExitCode;
import io.fulmar.model.pack.PackageReader;
import io.fulmar.model.tflite.ModelDescription;
import io.fulmar.model.tflite.ModelDescription.MetadataEntry;
import io.fulmar.model.tflite.ModelDescription.OperatorCount;
import io.fulmar.model.tflite.ModelDescription.SignatureDescription;
import io.fulmar.model.tflite.ModelFile;
import io.fulmar.model.tflite.TensorDescription;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tools.jackson.core.JsonGenerator;

/** {@code fulmar model inspect}: says what a model file or a package contains, without running it. */
@Command(
        name = "inspect",
        description = {
            "Shows a model's inputs, outputs, types, shapes, quantization, signatures, operators and digest.",
            "Of a package it shows the manifest and the release statement; whether to believe them, 'verify' says."
        })
final class InspectCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(paramLabel = "FILE", description = "The model, a .tflite file, or the folder of a package.")
    Path file = Path.of("");

    @Option(names = "--json", description = "Print one JSON object.")
    boolean json;

    @Override
    public Integer call() {
        if (spec != null && Files.isDirectory(file)) {
            PrintWriter out = spec.commandLine().getOut();
            PackageReader reader = PackageReader.open(file);
            if (json) {
                out.println(ModelJson.object(generator -> PackageText.write(generator, reader)));
            } else {
                PackageText.print(out, reader);
            }
            out.flush();
        } else if (spec != null) {
            PrintWriter out = spec.commandLine().getOut();
            ModelFile model = ModelFile.read(file);
            if (json) {
                out.println(ModelJson.object(generator -> write(generator, model)));
            } else {
                print(out, model);
            }
            out.flush();
        }
        return ExitCode.OK;
    }

    private static void write(JsonGenerator json, ModelFile model) {
        ModelDescription description = model.description();
        json.writeStringProperty("file", model.name());
        json.writeNumberProperty("bytes", model.sizeBytes());
        json.writeStringProperty("sha256", model.sha256());
        json.writeNumberProperty("schemaVersion", description.schemaVersion());
        json.writeStringProperty("description", description.text());
        json.writeStringProperty("minimumRuntime", description.minimumRuntime());
        json.writeNumberProperty("subgraphs", description.subgraphs());
        ModelJson.tensors(json, "inputs", description.inputs());
        ModelJson.tensors(json, "outputs", description.outputs());
        json.writeArrayPropertyStart("signatures");
        for (SignatureDescription signature : description.signatures()) {
            json.writeStartObject();
            json.writeStringProperty("key", signature.key());
            json.writeNumberProperty("subgraph", signature.subgraph());
            ModelJson.tensors(json, "inputs", signature.inputs());
            ModelJson.tensors(json, "outputs", signature.outputs());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("operators");
        for (OperatorCount operator : description.operators()) {
            json.writeStartObject();
            json.writeStringProperty("name", operator.name());
            json.writeNumberProperty("version", operator.version());
            json.writeNumberProperty("count", operator.count());
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeArrayPropertyStart("metadata");
        for (MetadataEntry entry : description.metadata()) {
            json.writeStartObject();
            json.writeStringProperty("name", entry.name());
            json.writeNumberProperty("bytes", entry.bytes());
            json.writeEndObject();
        }
        json.writeEndArray();
    }

    private static void print(PrintWriter out, ModelFile model) {
        ModelDescription description = model.description();
        out.printf("%s%n", model.name());
        out.printf("  size        %,d bytes%n", model.sizeBytes());
        out.printf("  sha256      %s%n", model.sha256());
        if (!description.text().isBlank()) {
            out.printf("  description %s%n", description.text());
        }
        if (!description.minimumRuntime().isEmpty()) {
            out.printf("  needs       TensorFlow Lite %s or newer%n", description.minimumRuntime());
        }
        if (description.subgraphs() > 1) {
            out.printf("  subgraphs   %d%n", description.subgraphs());
        }
        print(out, "", "input", description.inputs());
        print(out, "", "output", description.outputs());
        for (SignatureDescription signature : description.signatures()) {
            out.printf("  signature   %s (subgraph %d)%n", signature.key(), signature.subgraph());
            print(out, "  ", "input", signature.inputs());
            print(out, "  ", "output", signature.outputs());
        }
        for (OperatorCount operator : description.operators()) {
            out.printf("  operator    %dx %s, version %d%n", operator.count(), operator.name(), operator.version());
        }
        for (MetadataEntry entry : description.metadata()) {
            out.printf("  metadata    %s, %,d bytes%n", entry.name(), entry.bytes());
        }
    }

    private static void print(PrintWriter out, String indent, String what, List<TensorDescription> tensors) {
        for (int i = 0; i < tensors.size(); i++) {
            TensorDescription tensor = tensors.get(i);
            out.printf(
                    "%s  %-11s %s %s%s, %,d bytes, quantization: %s%n",
                    indent,
                    what + " " + i,
                    tensor.name(),
                    tensor.type().text(),
                    shape(tensor),
                    tensor.byteSize(),
                    tensor.quantization());
        }
    }

    private static String shape(TensorDescription tensor) {
        return tensor.shapeSignature().stream()
                .map(size -> size < 0 ? "?" : size.toString())
                .collect(Collectors.joining(",", "[", "]"));
    }
}
