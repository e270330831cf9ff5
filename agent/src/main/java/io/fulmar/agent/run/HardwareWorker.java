package io.fulmar.agent.run;

import io.fulmar.agent.io.Hardware;

/** Looks after the outputs, also where no pipeline does any more. Owned by its thread. */
public final class HardwareWorker implements Worker {
    private final Hardware hardware;

    public HardwareWorker(Hardware hardware) {
        this.hardware = hardware;
    }

    @Override
    public int work(long nowNanos) {
        hardware.look();
        return 0;
    }

    @Override
    public long idleNanos(long nowNanos) {
        return hardware.hasOutputs() ? Limits.LOOK_AT_OUTPUTS.toNanos() : Limits.SLEEP.toNanos();
    }
}
