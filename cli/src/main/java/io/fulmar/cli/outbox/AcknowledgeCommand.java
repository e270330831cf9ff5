package io.fulmar.cli.outbox;

import io.fulmar.cli.ExitCode;
import io.fulmar.sync.wire.RowsAnswer;
import io.fulmar.sync.wire.WireException;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar outbox acknowledge}: lets a device delete what the fleet has. Owned by the main thread. */
@Command(
        name = "acknowledge",
        description =
                "Tells the agent which rows the fleet has, as 'fulmar fleet import --answer' wrote it, so that it deletes"
                        + " them. It believes only what agrees with its own rows.")
final class AcknowledgeCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "ANSWER", description = "The file that 'fulmar fleet import --answer' wrote.")
    private Path answer = Path.of("");

    @Mixin
    private DeviceOptions device = new DeviceOptions();

    @Override
    public Integer call() {
        try {
            String text = Files.readString(answer);
            String id = device.config().device().id();
            RowsAnswer said = RowsAnswer.read(text);
            if (!said.device().equals(id)) {
                throw new WireException("it is for " + said.device() + ", and this is " + id);
            }
            try (InputStream in = device.ask("/api/v1/outbox/acknowledgement", said.text())) {
                String result = new String(in.readAllBytes(), StandardCharsets.UTF_8);
                PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
                out.println(result);
                out.flush();
                boolean believed = !result.contains("\"disbelieved\"") && !result.contains("\"failed\"");
                return believed ? ExitCode.OK : ExitCode.FAILED;
            }
        } catch (IOException | WireException e) {
            throw device.failure(answer + " cannot be told to the agent", e);
        }
    }
}
