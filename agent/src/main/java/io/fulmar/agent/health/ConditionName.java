package io.fulmar.agent.health;

import java.util.Locale;

/**
 * What can be wrong with a device while it runs, by the names that its status says, each with what its operator can do.
 * docs/conditions.md explains them. Immutable.
 */
public enum ConditionName {
    DISK_FULL("Free space on the file system of the state directory, or lower outbox.quota."),
    DISK_READ_ONLY(
            "Make the state directory writable: look at its mount and its owner, and at the health of the disk."),
    STORE_QUARANTINED("Look at the health of the disk; when the damaged file is no longer needed, delete it."),
    STORE_FAILED("Look at the log of the device and at the health of its disk."),
    RECORDS_REFUSED("Look at the disk; if it is well, record less: keep fewer predictions or run fewer pipelines."),
    CLOCK_UNSYNCHRONISED("Set the clock, or let the device reach a time server."),
    DELEGATE_MISSING("Inference is slower; look at the log of the device, or set the model's delegate to \"none\"."),
    SOURCE_FAILING("Look at the sensor and at what the pipeline's source says in the configuration."),
    SOURCE_STALE("Look at what should send to the pipeline's source: its power, its cable, the program or the broker."),
    PIPELINE_FAILING("Look at the failures of the pipeline in its records and in the log of the device."),
    PIPELINE_STUCK(
            "Restart the agent, unless it ends by itself to be started again; then look at the model, or at what the source waits for."),
    CERTIFICATE_EXPIRING("Let the device reach the fleet so that it renews the certificate, or enrol it again."),
    CERTIFICATE_EXPIRED("Enrol the device again."),
    IDENTITY_TAKEN("Give each device its own id and certificate; stop the other one that uses this id."),
    NOT_ENROLLED("Enrol the device: 'fulmar fleet enroll' where the fleet is, and what that prints on the device."),
    CONFIG_REFUSED("Correct the configuration that the fleet wants and send it with a higher version."),
    CONFIG_REVERTED("Correct the connection settings that the fleet wants and send them with a higher version."),
    DRIFT(
            "See what has changed: 'fulmar fleet drift', or /api/v1/drift of the device's local interface; docs/drift.md says what to do."),
    MODEL_MISSING("Install a package of the model, or let the configuration name its file."),
    MODEL_STORE_DAMAGED("Install the release again, and look at the health of the disk."),
    TRUST_DAMAGED("Look at the health of the disk; the floors and the trust root are written again when they change."),
    API_UNAVAILABLE("Free that port, or give [api] another one; the agent tries again by itself."),
    COMMANDS_REFUSED("Look at who sends commands to this device, and at the keys and the clock they use.");

    private final String hint;

    ConditionName(String hint) {
        this.hint = hint;
    }

    /** The name in the status document. */
    public String text() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** What the operator can do, where nothing more exact is known. */
    public String hint() {
        return hint;
    }
}
