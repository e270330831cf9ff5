package io.fulmar.cli;

import io.fulmar.cli.demo.DemoCommand;
import io.fulmar.cli.fleet.FleetCommand;
import io.fulmar.cli.sim.SimCommand;
import io.fulmar.fleet.base.FleetException;
import picocli.CommandLine;

/** What the command line has beyond that of a device: a class of its own, since a device has no libraries of the fleet. */
final class WithFleet {
    private WithFleet() {}

    static CommandLine commandLine() {
        return FulmarCommand.commandLine(WithFleet::errorLine, DemoCommand.class, FleetCommand.class, SimCommand.class);
    }

    private static ErrorLine errorLine(Throwable failure) {
        return failure instanceof FleetException e ? new ErrorLine(ErrorLine.text(e), e.hint()) : ErrorLine.of(failure);
    }
}
