package io.fulmar.cli.agent;

import io.fulmar.agent.feedback.SampleFile;
import io.fulmar.cli.DatasetFolder;
import io.fulmar.cli.DeviceFile;
import io.fulmar.cli.ExitCode;
import io.fulmar.cli.FileFailure;
import io.fulmar.sync.wire.Sample;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar agent samples}: what the device on this machine has kept of its inputs. Owned by the main thread. */
@Command(
        name = "samples",
        description = {
            "Shows, takes out and removes what the device on this machine has kept of its inputs,"
                    + " whether or not the agent runs.",
            "The fleet asks for them with 'fulmar fleet command DEVICE samples.send'; docs/samples.md has both."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {SamplesCommand.ListThem.class, SamplesCommand.ExportThem.class, SamplesCommand.RemoveThem.class})
final class SamplesCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing after 'samples'");
        }
    }

    /** One of the commands. Owned by the main thread. */
    abstract static class Of implements Callable<Integer> {
        @Spec
        @SuppressWarnings("NullAway.Init")
        CommandSpec spec;

        @Mixin
        DeviceFile device = new DeviceFile();

        @Option(
                names = "--rule",
                paramLabel = "R",
                description = "Only those that were kept for this: drift, disagreement," + " confidence or random.")
        @Nullable
        String rule;

        @Option(names = "--pipeline", paramLabel = "P", description = "Only those of this pipeline.")
        @Nullable
        String pipeline;

        Path dir() {
            return device.config().state().dir().resolve("samples");
        }

        List<SampleFile> chosen() throws IOException {
            if (rule != null
                    && !Set.of("drift", "disagreement", "confidence", "random").contains(rule)) {
                throw new ParameterException(
                        spec.commandLine(), "--rule: expected drift, disagreement, confidence or random");
            }
            return SampleFile.list(dir()).stream()
                    .filter(file -> rule == null || file.rule().text().equals(rule))
                    .filter(file -> pipeline == null || file.pipeline().equals(pipeline))
                    .toList();
        }

        @Override
        public Integer call() {
            try {
                return done(spec.commandLine().getOut());
            } catch (IOException e) {
                spec.commandLine().getErr().println("fulmar agent samples: " + FileFailure.reason(e));
                spec.commandLine().getErr().flush();
                return ExitCode.FAILED;
            } finally {
                spec.commandLine().getOut().flush();
            }
        }

        abstract int done(PrintWriter out) throws IOException;
    }

    /** {@code fulmar agent samples list}. Owned by the main thread. */
    @Command(name = "list", description = "Lists them, the newest last.")
    static final class ListThem extends Of {
        @Override
        int done(PrintWriter out) throws IOException {
            List<SampleFile> files = chosen();
            if (files.isEmpty()) {
                out.println("none are kept in " + dir());
                return ExitCode.OK;
            }
            out.printf(
                    Locale.ROOT,
                    "%-42s %-12s %-16s %10s  %-20s %s%n",
                    "ID",
                    "RULE",
                    "PIPELINE",
                    "BYTES",
                    "TIME",
                    "SAID");
            long bytes = 0;
            for (SampleFile file : files) {
                Sample said = said(file);
                bytes += file.bytes();
                out.printf(
                        Locale.ROOT,
                        "%-42s %-12s %-16s %10d  %-20s %s%n",
                        file.id(),
                        file.rule().text(),
                        file.pipeline(),
                        file.bytes(),
                        said == null ? "damaged" : time(said),
                        said == null ? "" : predicted(said) + (file.wanted() ? "  (being sent)" : ""));
            }
            out.println(files.size() + " samples, " + bytes + " bytes of at most "
                    + device.config().state().samplesBytes());
            return ExitCode.OK;
        }

        private @Nullable Sample said(SampleFile file) throws IOException {
            try {
                return file.said(dir());
            } catch (NoSuchFileException e) {
                return null;
            }
        }
    }

    /** {@code fulmar agent samples export}. Owned by the main thread. */
    @Command(
            name = "export",
            description = {
                "Writes them as a folder for training: DIR/unlabelled/ID.jpg and so on, and DIR/samples.csv.",
                "They stay on the device. The same folder again gains what is new."
            })
    static final class ExportThem extends Of {
        @Parameters(paramLabel = "DIR", description = "The folder; it is made if it is not there.")
        Path to = Path.of("");

        @Option(names = "--predicted", description = "In folders by what the model said, instead of unlabelled.")
        boolean predicted;

        @Override
        int done(PrintWriter out) throws IOException {
            DatasetFolder folder = DatasetFolder.open(to);
            int added = 0;
            int damaged = 0;
            int gone = 0;
            for (SampleFile file : chosen()) {
                try {
                    SampleFile.Whole whole = file.read(dir());
                    if (whole == null) {
                        damaged++;
                    } else {
                        added += folder.add(entry(whole.sample()), whole::content) ? 1 : 0;
                    }
                } catch (NoSuchFileException e) {
                    gone++; // the agent has deleted it meanwhile
                }
            }
            folder.finish();
            out.println(added + " samples added to " + to + (damaged == 0 ? "" : ", " + damaged + " are damaged")
                    + (gone == 0 ? "" : ", " + gone + " were deleted meanwhile"));
            return ExitCode.OK;
        }

        private DatasetFolder.Entry entry(Sample said) {
            String id = device.config().device().id();
            String label = predicted && said.label() != null ? said.label() : DatasetFolder.UNLABELLED;
            return new DatasetFolder.Entry(
                    id + "-" + said.name(),
                    id,
                    id + "/" + said.receipt(),
                    said.pipeline(),
                    said.model().name(),
                    said.model().version(),
                    said.label() == null ? "" : said.label(),
                    said.labelIndex() < 0 ? "" : Float.toString(said.score()),
                    "",
                    said.rule(),
                    time(said),
                    label,
                    said.format());
        }
    }

    /** {@code fulmar agent samples remove}. Owned by the main thread. */
    @Command(name = "remove", description = "Deletes them on the device.")
    static final class RemoveThem extends Of {
        @Parameters(paramLabel = "ID", arity = "0..*", description = "These, as 'list' shows them.")
        List<String> ids = new ArrayList<>();

        @Option(names = "--all", description = "All of them.")
        boolean all;

        @Override
        int done(PrintWriter out) throws IOException {
            if (ids.isEmpty() && rule == null && pipeline == null && !all) {
                throw new ParameterException(spec.commandLine(), "say which: ID, --rule, --pipeline or --all");
            }
            int removed = 0;
            for (SampleFile file : chosen()) {
                if (ids.isEmpty() || ids.contains(file.id())) {
                    removed += Files.deleteIfExists(file.path(dir())) ? 1 : 0;
                }
            }
            out.println(removed + " samples removed");
            return ExitCode.OK;
        }
    }

    private static String predicted(Sample said) {
        return said.label() == null
                ? said.values().size() + " numbers"
                : said.label() + String.format(Locale.ROOT, " %.2f", said.score());
    }

    private static String time(Sample said) {
        return Instant.ofEpochSecond((said.taken().wallMillis() + said.taken().offsetMillis()) / 1_000)
                .toString();
    }
}
