package io.fulmar.cli.agent;

import io.fulmar.agent.io.bus.Board;
import io.fulmar.cli.ExitCode;
import java.io.PrintWriter;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** {@code fulmar agent io list}: what is wired, and how it is. Owned by the main thread. */
@Command(name = "list", description = "Lists what is wired, and what is at each pin where that can be seen.")
final class IoListCommand implements Callable<Integer> {
    private static final String FORM = "%-20s %-7s %-14s %-4s %-6s %-5s %-9s %s%n";

    @Spec
    @SuppressWarnings("NullAway.Init")
    CommandSpec spec;

    @Mixin
    private final IoOptions options = new IoOptions();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        try (Board board = options.board()) {
            List<IoRow> rows = IoRow.all(options.config(), board);
            if (options.json()) {
                rows.forEach(row -> out.println(row.json()));
            } else {
                out.println("by " + board.title());
                out.printf(FORM, "NAME", "KIND", "AT", "PIN", "SAFE", "PULL", "VALUE", "HELD BY");
                rows.forEach(row -> out.printf(
                        FORM,
                        row.name(),
                        row.kind(),
                        row.place(),
                        row.header() == null ? "-" : row.header(),
                        Objects.requireNonNullElse(row.safe(), "-"),
                        Objects.requireNonNullElse(row.pull(), "-"),
                        Objects.requireNonNullElse(row.value(), "-"),
                        row.holder() < 0 ? "-" : row.holder() == 0 ? "nobody" : "process " + row.holder()));
            }
        }
        out.flush();
        return ExitCode.OK;
    }
}
