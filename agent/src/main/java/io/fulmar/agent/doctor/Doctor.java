package io.fulmar.agent.doctor;

import io.fulmar.config.DeviceConfig;
import java.util.function.Consumer;

/** Looks at one thing after the other and tells each finding at once; changes nothing that stays. Immutable. */
public final class Doctor {
    private Doctor() {}

    /** What every device needs, however it is configured. */
    public static void machine(Host host, Consumer<Finding> found) {
        MachineChecks machine = new MachineChecks(host);
        found.accept(machine.architecture());
        found.accept(machine.cLibrary());
        found.accept(machine.processor());
        found.accept(machine.memory());
        found.accept(machine.clock());
        found.accept(LibraryChecks.inference());
    }

    /** What this device needs. */
    public static void device(Host host, DeviceConfig config, Consumer<Finding> found) {
        new DiskChecks(host, config.state().dir())
                .all(config.outbox().quotaBytes())
                .forEach(found);
        BrokerChecks brokers = new BrokerChecks(host);
        brokers.certificates(config.mqtt().tls()).forEach(found);
        found.accept(brokers.broker(config.device().id(), config.mqtt()));
        new PinChecks(host).pins(config.hardware()).forEach(found);
        new PwmChecks(host).outputs(config.hardware(), config.device().board()).forEach(found);
        new SerialChecks(host).ports(config.pipelines()).forEach(found);
    }
}
