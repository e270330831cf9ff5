package io.fulmar.agent.command;

import io.fulmar.agent.command.Authorisation.Opened;
import io.fulmar.sync.wire.Command;
import io.fulmar.sync.wire.CommandAnswer;
import io.fulmar.sync.wire.CommandReading;
import io.fulmar.sync.wire.Commands;
import io.fulmar.sync.wire.Limits;
import io.fulmar.sync.wire.Topic;
import io.fulmar.sync.wire.Topics;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides about each command, in this order, whether it is carried out; changes nothing. Owned by the command thread. */
final class Judge {
    private static final int DIGEST_CHARS = 32;
    private static final long SECONDS_BELOW = 100_000_000_000L;

    private final String device;
    private final Supplier<List<String>> groups;
    private final Supplier<Topics> topics;
    private final CommandTable table;
    private final Authorisation authorisation;
    private final Journal journal;
    private final Remembered remembered;

    Judge(
            String device,
            Supplier<List<String>> groups,
            Supplier<Topics> topics,
            CommandTable table,
            Authorisation authorisation,
            Journal journal,
            Remembered remembered) {
        this.device = device;
        this.groups = groups;
        this.topics = topics;
        this.table = table;
        this.authorisation = authorisation;
        this.journal = journal;
        this.remembered = remembered;
    }

    /** @param tooOften whether more commands came than may come */
    Judgement judge(Received received, boolean tooOften, long nowMillis) {
        byte[] payload = received.payload();
        if (payload == null) {
            return refused(
                    null, Refusal.MALFORMED, received.size() + " bytes, at most " + Limits.CONTROL_BYTES + " are read");
        }
        return switch (Authorisation.open(payload)) {
            case Opened.Malformed malformed -> refused(null, Refusal.MALFORMED, malformed.reason());
            case Opened.Document document ->
                switch (Commands.read(document.payload())) {
                    case CommandReading.Malformed malformed ->
                        new Judgement.Refused(malformed.id(), malformed.type(), Refusal.MALFORMED, malformed.reason());
                    case CommandReading.Whole whole -> judge(whole.command(), document, received, tooOften, nowMillis);
                };
        };
    }

    private Judgement judge(
            Command command, Opened.Document document, Received received, boolean tooOften, long nowMillis) {
        Judgement.Refused misplaced = misplaced(command, document, received);
        if (misplaced != null) {
            return misplaced;
        }
        String digest = digest(command);
        CommandAnswer known = knownAnswer(command, digest);
        if (known != null) {
            return tooOften ? tooOften(command) : new Judgement.Repeated(known);
        }
        CommandTable.Entry entry = table.find(command.type());
        if (entry == null) {
            return refused(command, Refusal.UNKNOWN_TYPE, "this device knows " + table.types());
        }
        // before the arguments, since to look at some of them is work
        if (tooOften) {
            return tooOften(command);
        }
        // and before what is nobody's business but the operator's: reasons tell about the device
        String objection = authorisation.objection(document, Authorisation.COMMAND, entry.changing());
        if (objection != null) {
            return refused(command, Refusal.UNAUTHORISED, objection);
        }
        CommandHandler.Effect effect;
        try {
            Arguments args = new Arguments(command.args());
            effect = entry.handler().prepare(args);
            args.requireNothingElse();
        } catch (ArgumentException e) {
            return refused(command, Refusal.ARGUMENTS, String.valueOf(e.getMessage()));
        }
        Judgement.Refused untimely = untimely(command, entry.changing(), nowMillis);
        if (untimely != null) {
            return untimely;
        }
        if (isKnown(command.id())) {
            return refused(command, Refusal.ID_REUSED, "another command had this id; give each a new one");
        }
        return new Judgement.Accepted(command, entry.changing(), digest, effect);
    }

    /** Who is meant: by the topic that it came on, by what it names, and where it wants its answer. */
    private Judgement.@Nullable Refused misplaced(Command command, Opened.Document document, Received received) {
        List<String> mine = groups.get();
        if (received.topic() instanceof Topic.GroupCommand to && !mine.contains(to.group())) {
            return refused(command, Refusal.NOT_FOR_ME, "this device is not in the group " + to.group());
        }
        if (command.device() != null && !command.device().equals(device)) {
            return refused(command, Refusal.NOT_FOR_ME, "it is for the device " + command.device());
        }
        if (command.group() != null && !mine.contains(command.group())) {
            return refused(command, Refusal.NOT_FOR_ME, "it is for the group " + command.group());
        }
        if (document.signed() && command.device() == null && command.group() == null) {
            return refused(
                    command,
                    Refusal.MALFORMED,
                    "what is signed must name its device or its group, or anybody could send it elsewhere");
        }
        String topic = received.responseTopic();
        if (topic != null && !ReplyTo.isAllowed(topics.get(), device, topic)) {
            return refused(
                    command,
                    Refusal.MALFORMED,
                    "the response topic must be " + topics.get().commandResult(device)
                            + ", a level below it, or outside of the protocol's prefix");
        }
        return null;
    }

    private Judgement.@Nullable Refused untimely(Command command, boolean changing, long nowMillis) {
        Long from = command.notBeforeMillis();
        Long until = command.expiresMillis();
        if (changing && until == null) {
            return refused(
                    command,
                    Refusal.ARGUMENTS,
                    "what changes the device must say when it 'expires', in milliseconds since 1970");
        }
        if (until != null && until <= nowMillis) {
            return refused(
                    command, Refusal.EXPIRED, "at " + time(until) + ", and it is " + time(nowMillis) + meant(until));
        }
        if (changing && until != null && until <= journal.floorMillis()) {
            return refused(
                    command,
                    Refusal.EXPIRED,
                    "this device has forgotten what it did about commands that expire by " + time(journal.floorMillis())
                            + "; let it expire later");
        }
        long latest = nowMillis + io.fulmar.agent.command.Limits.EXPIRY.toMillis();
        if (changing && until != null && until > latest) {
            return refused(
                    command,
                    Refusal.ARGUMENTS,
                    "it 'expires' later than " + time(latest) + ", " + io.fulmar.agent.command.Limits.EXPIRY.toDays()
                            + " days from now");
        }
        if (from != null && from > nowMillis) {
            return refused(command, Refusal.NOT_YET, "not before " + time(from) + ", and it is " + time(nowMillis));
        }
        return null;
    }

    /** Seconds are the likeliest mistake: as milliseconds they all lie in the January of 1970. */
    private static String meant(long until) {
        return until > 0 && until < SECONDS_BELOW ? "; it is counted in milliseconds since 1970" : "";
    }

    private static String time(long millis) {
        return Instant.ofEpochMilli(millis).toString();
    }

    // ---- repeats

    private @Nullable CommandAnswer knownAnswer(Command command, String digest) {
        Journal.Entry begun = journal.find(command.id());
        if (begun != null) {
            return begun.digest().equals(digest) ? begun.answer() : null;
        }
        Remembered.Told told = remembered.find(command.id());
        return told != null && told.digest().equals(digest) ? told.answer() : null;
    }

    /** Whether a command of this id was carried out. */
    boolean isKnown(String id) {
        return journal.find(id) != null || remembered.find(id) != null;
    }

    /** What the command says, however it was written. */
    private static String digest(Command command) {
        try {
            byte[] hash = MessageDigest.getInstance("SHA-256").digest(Commands.encode(command));
            return HexFormat.of().formatHex(hash).substring(0, DIGEST_CHARS);
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("This Java has no SHA-256", e);
        }
    }

    // ---- words

    private static Judgement.Refused tooOften(Command command) {
        return refused(command, Refusal.TOO_OFTEN, "more than 10 a second, after 50 at once");
    }

    static Judgement.Refused refused(@Nullable Command command, Refusal refusal, String details) {
        return new Judgement.Refused(
                command == null ? null : command.id(), command == null ? null : command.type(), refusal, details);
    }
}
