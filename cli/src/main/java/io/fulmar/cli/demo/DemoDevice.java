package io.fulmar.cli.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * One device of the demo: its process, its network, its receipts.
 *
 * <p>Owned by one thread.
 */
final class DemoDevice implements AutoCloseable {
    /** More than one a real machine of this kind gives, so that a short demo has something to lose. */
    private static final int WINDOWS_PER_SECOND = 25;

    /** How much longer each device's machine is sound than the one's before it, until the first fault. */
    private static final int SOUND_SECONDS = 4;

    /** Predictions of a release on trial: two seconds. */
    private static final int TRIAL_FRAMES = 2 * WINDOWS_PER_SECOND;

    private final String id;
    private final Path folder;
    private final CuttableLink link;
    private final FulmarProcess process;
    private final ReceiptLedger ledger;
    private long shownReceipts;
    private long shownAtNanos = System.nanoTime();

    private DemoDevice(String id, Path folder, CuttableLink link, FulmarProcess process) {
        this.id = id;
        this.folder = folder;
        this.link = link;
        this.process = process;
        ledger = new ReceiptLedger(receipts(folder, id));
    }

    /**
     * Starts a device.
     *
     * @param config the device's configuration
     * @param settings what it says differently, as {@code key=value}
     * @param number makes its simulated machine differ from the others
     * @param link its way to the broker, which the device owns from here on
     */
    static DemoDevice start(String id, int number, Path config, List<String> settings, Path folder, CuttableLink link)
            throws IOException {
        List<String> arguments = new ArrayList<>(List.of("agent", "--config", config.toString()));
        Stream.concat(
                        settings.stream(),
                        Stream.of(
                                "device.id=" + id,
                                "state.dir=" + folder.resolve(id),
                                "mqtt.backoff_max=2s",
                                "update.trial_frames=" + TRIAL_FRAMES,
                                "pipeline.0.source.seed=" + number,
                                "pipeline.0.source.rate=" + WINDOWS_PER_SECOND,
                                "pipeline.0.source.schedule.0.lasts=" + SOUND_SECONDS * number + "s"))
                .forEach(setting -> arguments.addAll(List.of("--set", setting)));
        arguments.addAll(
                List.of("--until-eof", "--receipts", receipts(folder, id).toString()));
        var process = new FulmarProcess(arguments, folder.resolve(id + ".log"));
        process.start();
        return new DemoDevice(id, folder, link, process);
    }

    String id() {
        return id;
    }

    CuttableLink link() {
        return link;
    }

    FulmarProcess process() {
        return process;
    }

    ReceiptLedger ledger() {
        return ledger;
    }

    /** The state directory of its agent. */
    Path state() {
        return folder.resolve(id);
    }

    /** What to show of it now. */
    DemoView.Row row(String label) {
        long now = System.nanoTime();
        long receipts = ledger.receipts().size();
        double perSecond = (receipts - shownReceipts) * 1e9 / Math.max(1, now - shownAtNanos);
        shownReceipts = receipts;
        shownAtNanos = now;
        String state = !process.isAlive() ? "killed" : link.isCut() ? "link cut" : "running";
        long buffered = ledger.unacknowledged();
        return new DemoView.Row(id, state, perSecond, label, receipts, buffered, Math.max(0, receipts - buffered));
    }

    @Override
    public void close() {
        process.close();
        link.close();
    }

    private static Path receipts(Path folder, String id) {
        return folder.resolve(id + ".receipts");
    }
}
