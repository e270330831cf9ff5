package io.fulmar.cli.fleet;

import io.fulmar.cli.ExitCode;
import io.fulmar.fleet.query.QueryJson;
import java.io.Console;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code fulmar fleet rollout}: brings a release or a configuration to many devices in waves. Owned by the main thread. */
@Command(
        name = "rollout",
        description = {
            "Brings a release of a model, or a configuration, to many devices in waves, and stops by itself when too many"
                    + " fail or the release behaves badly. See docs/rollouts.md.",
            "It needs a running service: the one on the data directory, or another one with --url."
        },
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            RolloutCreateCommand.class,
            RolloutCommand.ListAll.class,
            RolloutCommand.Show.class,
            RolloutCommand.Watch.class,
            RolloutCommand.Pause.class,
            RolloutCommand.Resume.class,
            RolloutCommand.Approve.class,
            RolloutCommand.Abort.class,
            RolloutCommand.RollBack.class
        })
final class RolloutCommand implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Override
    public void run() {
        if (spec != null) {
            throw new ParameterException(spec.commandLine(), "a command is missing after 'rollout'");
        }
    }

    /** {@code fulmar fleet rollout list}. Owned by the main thread. */
    @Command(name = "list", description = "Lists the rollouts, the newest first.")
    static final class ListAll extends ApiCommand {
        @Option(names = "--json", description = "Print JSON, a rollout a line.")
        boolean json;

        @Override
        int run(ApiClient client, PrintWriter out) {
            List<JsonTree> rollouts = client.all(ApiClient.path("rollouts"));
            if (json) {
                rollouts.forEach(rollout -> out.println(rollout.json()));
            } else {
                var table = new TextTable(
                        Set.of(4, 5, 6, 7),
                        "ID",
                        "NAME",
                        "STATE",
                        "OF",
                        "WAVE",
                        "ACTIVE",
                        "FAILED",
                        "DEVICES",
                        "REASON");
                for (JsonTree rollout : rollouts) {
                    var counts = RolloutText.Counts.of(rollout);
                    table.add(
                            rollout.text("id"),
                            rollout.text("name"),
                            rollout.text("state"),
                            rollout.text("subject"),
                            rollout.number("wave", 0) + "/" + rollout.number("waves", 0),
                            counts.active(),
                            counts.failed(),
                            counts.all(),
                            rollout.text("reason"));
                }
                table.print(out);
            }
            return ExitCode.OK;
        }
    }

    /** {@code fulmar fleet rollout show}. Owned by the main thread. */
    @Command(
            name = "show",
            description = "Shows one rollout: its waves with their gates, its devices, and what happened.")
    static final class Show extends ApiCommand {
        @Parameters(paramLabel = "ID", description = "As 'fulmar fleet rollout list' shows it.")
        String id = "";

        @Option(names = "--devices", description = "Also each device; with --json, only these, a device a line.")
        boolean devices;

        @Option(names = "--json", description = "Print JSON.")
        boolean json;

        @Override
        int run(ApiClient client, PrintWriter out) {
            if (json && !devices) {
                out.println(QueryJson.indented(client.text(ApiClient.path("rollouts", id))));
                return ExitCode.OK;
            }
            JsonTree rollout = client.get(ApiClient.path("rollouts", id));
            List<JsonTree> members = devices ? client.all(ApiClient.path("rollouts", id, "devices")) : List.of();
            if (json) {
                members.forEach(member -> out.println(member.json()));
            } else {
                RolloutText.lines(rollout).forEach(out::println);
                RolloutText.events(rollout, out);
                if (devices) {
                    out.println();
                    RolloutText.members(members, out);
                }
            }
            return ExitCode.OK;
        }
    }

    /** {@code fulmar fleet rollout watch}. Owned by the main thread. */
    @Command(
            name = "watch",
            description = {
                "Shows how a rollout goes on, until it has ended or was halted.",
                "The exit code is 0 when it is done, and 1 when it was halted, aborted, rolled back or superseded."
            })
    static final class Watch extends ApiCommand {
        private static final Duration BETWEEN = Duration.ofSeconds(1);

        @Parameters(paramLabel = "ID", description = "As 'fulmar fleet rollout list' shows it.")
        String id = "";

        @Option(names = "--json", description = "Print JSON, a line for each change.")
        boolean json;

        /** Unlike what the check believes, there is no console where the output goes to a file or another program. */
        @SuppressWarnings("SystemConsoleNull")
        private static boolean isTerminal() {
            @Nullable Console console = System.console();
            return console != null && console.isTerminal();
        }

        @Override
        int run(ApiClient client, PrintWriter out) {
            boolean redraws = !json && isTerminal();
            List<String> before = List.of();
            while (true) {
                JsonTree rollout = client.get(ApiClient.path("rollouts", id));
                List<String> now = json ? List.of(rollout.json()) : RolloutText.lines(rollout);
                if (!now.equals(before)) {
                    if (redraws && !before.isEmpty()) {
                        out.print("\u001b[" + before.size() + "A\u001b[J");
                    }
                    now.forEach(out::println);
                    out.flush();
                    before = now;
                }
                String state = String.valueOf(rollout.text("state"));
                if (!Set.of("running", "paused", "awaiting-approval", "rolling-back")
                        .contains(state)) {
                    return state.equals("done") ? ExitCode.OK : ExitCode.FAILED;
                }
                Pauses.pause(BETWEEN);
            }
        }
    }

    /** A command that asks something of one rollout. Owned by the main thread. */
    abstract static class Ask extends ApiCommand {
        @Parameters(paramLabel = "ID", description = "As 'fulmar fleet rollout list' shows it.")
        String id = "";

        @Option(names = "--json", description = "Print the rollout as JSON.")
        boolean json;

        abstract String action();

        String request() {
            return "{}";
        }

        @Override
        int run(ApiClient client, PrintWriter out) {
            String answer = client.post(ApiClient.path("rollouts", id, action()), request());
            if (json) {
                out.println(QueryJson.indented(answer));
            } else {
                JsonTree rollout = JsonTree.read(answer);
                out.println(TextTable.printable(
                        rollout.text("id") + " " + rollout.text("name") + " is " + rollout.text("state")));
            }
            return ExitCode.OK;
        }
    }

    /** {@code fulmar fleet rollout pause}. Owned by the main thread. */
    @Command(name = "pause", description = "Tells nobody further for now; who was told goes on.")
    static final class Pause extends Ask {
        @Override
        String action() {
            return "pause";
        }
    }

    /** {@code fulmar fleet rollout resume}. Owned by the main thread. */
    @Command(
            name = "resume",
            description =
                    "Goes on after a pause or a halt. After a halt who has failed is told again, unless --accept.")
    static final class Resume extends Ask {
        @Option(
                names = "--accept",
                description = "After a halt: leave out who has failed, and judge the waves so far no more.")
        boolean accept;

        @Override
        String action() {
            return "resume";
        }

        @Override
        String request() {
            return "{\"accept\":" + accept + "}";
        }
    }

    /** {@code fulmar fleet rollout approve}. Owned by the main thread. */
    @Command(name = "approve", description = "Lets a rollout that waits for it go on with its next wave.")
    static final class Approve extends Ask {
        @Override
        String action() {
            return "approve";
        }
    }

    /** {@code fulmar fleet rollout abort}. Owned by the main thread. */
    @Command(name = "abort", description = "Ends a rollout; who was told keeps what it was told.")
    static final class Abort extends Ask {
        @Override
        String action() {
            return "abort";
        }
    }

    /** {@code fulmar fleet rollout rollback}. Owned by the main thread. */
    @Command(name = "rollback", description = "Tells every device that was told to have again what it had before.")
    static final class RollBack extends Ask {
        @Override
        String action() {
            return "rollback";
        }
    }
}
