package io.fulmar.agent.doctor;

import io.fulmar.sync.outbox.Appended;
import io.fulmar.sync.outbox.Draft;
import io.fulmar.sync.outbox.Outbox;
import io.fulmar.sync.outbox.OutboxConfig;
import io.fulmar.sync.outbox.OutboxException;
import io.fulmar.sync.outbox.WhenFull;
import io.fulmar.sync.wire.Stream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The state directory and the disk that it is on. Immutable. */
record DiskChecks(Host host, Path state) {
    private static final String OUTBOX = "outbox.db";

    List<Finding> all(long quotaBytes) {
        List<Finding> findings = new ArrayList<>(wear());
        if (!Files.exists(state)) {
            Path there = state;
            while (there.getParent() != null && !Files.exists(there)) {
                there = there.getParent();
            }
            findings.add(
                    Files.isDirectory(there) && Files.isWritable(there)
                            ? Finding.ok("state", state + " is not there yet, and can be made")
                            : unusable("it is not there, and cannot be made below " + there));
            return findings;
        }
        try {
            findings.add(permissions());
            findings.add(space(quotaBytes));
            Path trial = Files.createTempDirectory(state, "doctor-");
            try {
                findings.add(store(trial));
                findings.add(speed(trial));
            } finally {
                delete(trial);
            }
        } catch (IOException e) {
            findings.add(unusable(e.toString()));
        }
        return findings;
    }

    private Finding unusable(String why) {
        return Finding.failure(
                "state",
                state + " cannot be used: " + why,
                "it has to be a directory of the user that the agent runs as, on a disk that can be written:"
                        + " install -d -o fulmar -g fulmar -m 0700 " + state);
    }

    private Finding permissions() throws IOException {
        String user = System.getProperty("user.name", "");
        String owner = Files.getOwner(state).getName();
        Path outbox = state.resolve(OUTBOX);
        if (Files.exists(outbox) && !Files.getOwner(outbox).getName().equals(owner)) {
            return Finding.failure(
                    "permissions",
                    outbox + " belongs to " + Files.getOwner(outbox).getName() + ", and " + state + " to " + owner,
                    "an agent ran here as another user; chown -R " + owner + ": " + state);
        }
        if (!owner.equals(user)) {
            return Finding.warning(
                    "permissions",
                    state + " belongs to " + owner + ", and this is " + user,
                    "ask as the user that the agent runs as: sudo -u " + owner + " fulmar-agent doctor");
        }
        return Finding.ok("permissions", state + " belongs to " + user);
    }

    private Finding space(long quotaBytes) throws IOException {
        long free = Files.getFileStore(state).getUsableSpace();
        Path outbox = state.resolve(OUTBOX);
        long held = Files.exists(outbox) ? Files.size(outbox) : 0;
        String what = MachineChecks.mebibytes(free) + " free";
        if (free < Limits.SPACE_LEAST) {
            return Finding.failure("space", what, "free space on the file system of " + state);
        }
        return free + held < quotaBytes
                ? Finding.warning(
                        "space",
                        what + ", and outbox.quota is " + MachineChecks.mebibytes(quotaBytes),
                        "free space, or make outbox.quota smaller: the disk is full before the quota is")
                : Finding.ok("space", what);
    }

    /** Whether SQLite loads, and keeps a record here. */
    private static Finding store(Path trial) {
        OutboxConfig config = new OutboxConfig(
                trial.resolve("store"), Limits.TRIAL_QUOTA, 0, Duration.ofDays(1), WhenFull.REFUSE_NEW);
        try (Outbox outbox = Outbox.open(config, Clock.systemUTC())) {
            Appended appended = outbox.append(List.of(new Draft(Stream.EVENT, new byte[] {0})))
                    .getFirst();
            return switch (appended) {
                case Appended.Recorded _ -> Finding.ok("store", "SQLite loads and keeps a record");
                case Appended.Refused it ->
                    Finding.failure(
                            "store", "a record is refused: " + it.reason(), "look at the disk of the state directory");
            };
        } catch (OutboxException e) {
            return Finding.failure("store", String.valueOf(e.getMessage()), e.hint());
        }
    }

    private static Finding speed(Path trial) throws IOException {
        List<Long> nanos = new ArrayList<>();
        ByteBuffer page = ByteBuffer.allocate(Limits.SYNC_BYTES);
        long began = System.nanoTime();
        try (FileChannel file =
                FileChannel.open(trial.resolve("page"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
            while (nanos.size() < Limits.SYNCS && System.nanoTime() - began < Limits.SYNC_TIME.toNanos()) {
                page.clear();
                long before = System.nanoTime();
                file.write(page);
                file.force(true);
                nanos.add(System.nanoTime() - before);
            }
        }
        return speed(nanos);
    }

    static Finding speed(List<Long> nanos) {
        List<Long> sorted = nanos.stream().sorted().toList();
        Duration slow = Duration.ofNanos(sorted.get((sorted.size() * 99 + 99) / 100 - 1));
        String what = "99 of 100 writes are on it within " + slow.toMillis() + " ms";
        if (slow.compareTo(Limits.SYNC_MOST) > 0) {
            return Finding.failure("disk", what, "the card is worn out or broken: replace it");
        }
        return slow.compareTo(Limits.SYNC_FAIR) > 0
                ? Finding.warning(
                        "disk",
                        what,
                        "records wait that long for their place; use another card, or let more of them share a write:"
                                + " outbox.commit_interval")
                : Finding.ok("disk", what);
    }

    /** What eMMC says of its life; SD cards say nothing. */
    private List<Finding> wear() {
        List<Finding> findings = new ArrayList<>();
        try (DirectoryStream<Path> disks = Files.newDirectoryStream(host.path("/sys/block"), "mmcblk*")) {
            for (Path disk : disks) {
                Host.text(disk.resolve("device/life_time"))
                        .flatMap(text -> wear(disk.getFileName().toString(), text))
                        .ifPresent(findings::add);
            }
        } catch (IOException e) {
            return List.of(); // no disks to ask
        }
        return findings;
    }

    private static Optional<Finding> wear(String disk, String text) {
        int most = 0;
        for (String word : text.strip().split("\\s+", -1)) {
            if (word.matches("0x[0-9a-fA-F]{1,4}")) {
                most = Math.max(most, Integer.decode(word));
            }
        }
        if (most == 0) {
            return Optional.empty();
        }
        String what = disk + " has used " + (most > Limits.WEAR_MOST ? "more than all" : "up to " + most * 10 + " %")
                + " of its life";
        String advice = "replace it before it fails; commit less often: outbox.commit_interval";
        return Optional.of(
                most > Limits.WEAR_MOST
                        ? Finding.failure("wear", what, advice)
                        : most >= Limits.WEAR_FAIR ? Finding.warning("wear", what, advice) : Finding.ok("wear", what));
    }

    private static void delete(Path folder) throws IOException {
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path dir, IOException failure) throws IOException {
                Files.delete(dir);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
