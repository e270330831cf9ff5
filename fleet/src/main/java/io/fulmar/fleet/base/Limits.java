package io.fulmar.fleet.base;

import java.time.Duration;

/** The upper bounds of everything in the fleet that outside input could make grow. Immutable. */
public final class Limits {
    // --- broker

    /** The largest MQTT packet that the embedded broker takes: the largest batch, and room for its topic and properties. */
    public static final int MAX_PACKET_BYTES = io.fulmar.sync.wire.Limits.BATCH_BYTES + (16 << 10);

    /** QoS 1 messages that the embedded broker sends to a client that named no limit before it wants answers. */
    public static final int MAX_IN_FLIGHT = 64;

    /** Messages of one topic that may wait in the embedded broker for a slow subscriber. */
    public static final long MAX_WAITING_BYTES_PER_TOPIC = 4L << 20;

    /** How often the embedded broker looks who was revoked while connected. */
    public static final Duration SEND_AWAY_CHECK = Duration.ofSeconds(1);

    /** All messages together that may wait in the embedded broker. */
    public static final long MAX_WAITING_BYTES = 32L << 20;

    // --- database

    /** How long a statement waits for a lock that another connection holds. */
    public static final Duration DATABASE_BUSY_TIMEOUT = Duration.ofSeconds(5);

    /** What is kept of the write-ahead log after a checkpoint. */
    public static final int DATABASE_WAL_BYTES = 16 << 20;

    /** Page cache of the connection that writes. */
    public static final int DATABASE_CACHE_KIB = 16 << 10;

    /** Connections of one service to a database server. */
    public static final int DATABASE_CONNECTIONS = 24;

    /** How long a connection to a database server may take. */
    public static final Duration DATABASE_CONNECT = Duration.ofSeconds(10);

    /** How long a database server may say nothing in the middle of an answer. */
    public static final Duration DATABASE_SILENCE = Duration.ofMinutes(1);

    /** How long a database server may take to say that it is there. */
    public static final Duration DATABASE_ANSWER = Duration.ofSeconds(5);

    /** How often a transaction is tried that others were in the way of. */
    public static final int DATABASE_ATTEMPTS = 5;

    /** Rows that are fetched at once of an answer that may be large. */
    public static final int DATABASE_FETCH = 1_000;

    /** Rows that are sent to the database at once. */
    public static final int DATABASE_BATCH = 1_000;

    /** Labels that are counted by themselves for one hour of a model on a device; further ones are counted together. */
    public static final int LABELS_COUNTED = 64;

    /** Characters of what predictions are counted by. */
    public static final int COUNTED_CHARS = 128;

    /** Hours of models on devices whose labels are remembered. */
    public static final int LABELS_REMEMBERED = 20_000;

    /** Rows for the same of all devices, so that several services seldom wait for each other. */
    public static final int TOTAL_SLOTS = 16;

    /** How far a device's time may lie in the past to be counted by it; else the time of reception counts. */
    public static final Duration COUNTED_PAST = Duration.ofDays(90);

    /** The same for the future. */
    public static final Duration COUNTED_FUTURE = Duration.ofHours(1);

    /** How often a service asks whether it is to do now what only one of several does. */
    public static final Duration DUTY_CHECK = Duration.ofSeconds(1);

    /** How long that service may be without a connection to the broker before another one is to do it. */
    public static final Duration DUTY_WITHOUT_BROKER = Duration.ofSeconds(10);

    /** How long a batch that came before others may wait for these, where another service may be storing them. */
    public static final Duration EARLY_PATIENCE = Duration.ofMillis(400);

    /** How often it is tried again. */
    public static final Duration EARLY_RETRY = Duration.ofMillis(10);

    /** How many such batches may wait; each has at most the size of a packet. */
    public static final int EARLY_BATCHES = 64;

    /** How long records are kept after they were received, unless configured otherwise; and at least. */
    public static final Duration RECORDS_KEPT_FOR = Duration.ofDays(90);

    public static final Duration RECORDS_KEPT_LEAST = Duration.ofHours(1);

    /** How long it is kept how many predictions there were of which kind. */
    public static final Duration COUNTS_KEPT_FOR = Duration.ofDays(400);

    /** How often it is looked for what is too old. */
    public static final Duration RETENTION_CHECK = Duration.ofMinutes(1);

    /** Rows that are dropped in one transaction, and the pause after it while there are more. */
    public static final int RETENTION_ROWS = 2_000;

    public static final Duration RETENTION_PAUSE = Duration.ofMillis(50);

    /** Bytes of the samples of all devices, unless configured otherwise. */
    public static final long SAMPLES_BYTES = 1L << 30;

    /** Samples that are dropped in one transaction. */
    public static final int RETENTION_SAMPLES = 100;

    /** How long dropping a day may wait for those who read it, as everybody else waits meanwhile. */
    public static final Duration RETENTION_LOCK = Duration.ofMillis(200);

    /** By how much this host's clock may be set while the service runs before nothing is dropped by it any more. */
    public static final Duration RETENTION_CLOCK = Duration.ofHours(1);

    /** Rows of an export that are read at once, unless asked otherwise; and at most. */
    public static final int EXPORT_PAGE = 2_000;

    public static final int EXPORT_PAGE_MOST = 10_000;

    /** Batches kept aside for one stream; further ones are only counted. */
    public static final int CONFLICTS_KEPT_PER_STREAM = 16;

    // --- ingest

    /**
     * Received messages that may wait for the ingest; the broker is told, and their bytes are bounded besides. What waits is
     * stored in one transaction.
     */
    public static final int INBOUND_QUEUE = 256;

    /** Rows after which a transaction takes no further batch. */
    public static final int TRANSACTION_ROWS = 2_000;

    /** Answers to devices that may wait for the link; the oldest are dropped, and the devices ask again. */
    public static final int ANSWERS_WAITING = 10_000;

    /** How often the ingest looks whether the link takes more of them, and how long it waits in between. */
    public static final int ANSWER_TURNS = 200;

    public static final Duration ANSWER_PAUSE = Duration.ofNanos(50_000);

    /** Devices with news that is not written yet. */
    public static final int DEVICES_UNWRITTEN = 10_000;

    /** How long news about devices waits to be written. */
    public static final Duration REGISTRY_FLUSH = Duration.ofSeconds(1);

    /** The same when a device has connected, which somebody may be waiting for. */
    public static final Duration REGISTRY_FLUSH_URGENT = Duration.ofMillis(100);

    /** How long after a failure the database is opened again. */
    public static final Duration DATABASE_REOPEN = Duration.ofSeconds(1);

    /** Batches that a device may have under way. */
    public static final int CREDIT = 8;

    /** The same while the database is slow. */
    public static final int CREDIT_WHEN_SLOW = 2;

    /** A commit that takes longer than this calls for less. */
    public static final Duration SLOW_COMMIT = Duration.ofMillis(500);

    /** Rows that a device holds back at most without being behind: what fits into one of its batches. */
    public static final int BEHIND_ROWS = 500;

    /** Streams that may be behind without any of them being held up. */
    public static final int BEHIND_FEW = 8;

    /** Streams of which it is known that they are behind. */
    public static final int BEHIND_STREAMS = 200_000;

    /** Batches that a stream sends before it is another one's turn. */
    public static final int TURN_BATCHES = 8;

    /** How many streams that are behind send at once: to begin with, at least and at most. */
    public static final int TURNS_AT_FIRST = 16;

    public static final int TURNS_LEAST = 4;
    public static final int TURNS_MOST = 1_024;

    /** How often it is judged whether these are too many. */
    public static final Duration TURNS_JUDGED = Duration.ofMillis(500);

    /** They are too many if it takes longer than this to store what has come. */
    public static final Duration STORING_LONG = Duration.ofMillis(250);

    /** After that long without a batch it is another one's turn; after that many times it is not waited for any more. */
    public static final Duration TURN_SILENCE = Duration.ofSeconds(5);

    public static final int TURN_SILENCES = 3;

    /** How long a device waits for its turn before it goes on by itself, and that for each that is before it. */
    public static final Duration TURN_AWAITED = Duration.ofMinutes(2);

    public static final Duration TURN_LASTS = Duration.ofMillis(50);

    /** At most one log line of a kind in this time. */
    public static final Duration LOG_INTERVAL = Duration.ofSeconds(10);

    /** Log lines about those who are not let in, before only one in {@link #LOG_INTERVAL} is written. */
    public static final int REFUSALS_LOGGED = 20;

    // --- identity

    /** How long the certificate authority lives. */
    public static final Duration AUTHORITY_LIFE = Duration.ofDays(30 * 365);

    /** How long the certificate of a server lives; after two thirds of it a new one is made. */
    public static final Duration SERVER_LIFE = Duration.ofDays(10 * 365);

    /** The same for services and operators, whose certificates only programs on this machine use. */
    public static final Duration CLIENT_LIFE = Duration.ofDays(365);

    /** The same for devices, which renew theirs by themselves. */
    public static final Duration DEVICE_LIFE = Duration.ofDays(90);

    /** By how much the clocks of fleet and broker may differ. */
    public static final Duration CLOCK_DIFFERENCE = Duration.ofHours(1);

    /** How long after its end a certificate may still be exchanged for a new one, for a device that was off. */
    public static final Duration RENEWAL_GRACE = Duration.ofDays(30);

    /** How long an enrolment token is good for, unless said otherwise; and at most. */
    public static final Duration TOKEN_LIFE = Duration.ofHours(1);

    public static final Duration TOKEN_LIFE_MOST = Duration.ofDays(30);

    /** Wrong secrets that are tolerated for one token. */
    public static final int TOKEN_TRIES = 5;

    /** Characters of a certificate request. */
    public static final int IDENTITY_REQUEST_CHARS = 8 << 10;

    /** Certificates of one device that are good at the same time; usually there are one or two. */
    public static final int CERTIFICATES_PER_DEVICE = 16;

    /** Groups of a device. */
    public static final int IDENTITY_GROUPS = 32;

    /** How often the ingest looks whether an identity was revoked by another process. */
    public static final Duration REVOCATION_CHECK = Duration.ofMillis(250);

    /** How often it is looked for the identity of a device that has none. */
    public static final Duration STRANGER_CHECK = Duration.ofMillis(20);

    /** How long a device that was never enrolled has to stay away, at least, where only enrolled ones are taken. */
    public static final Duration STRANGER_AWAY = Duration.ofMinutes(1);

    /** Such devices that are known, the newest; and how long after their last message they are shown. */
    public static final int STRANGERS_KNOWN = 100;

    public static final Duration STRANGERS_SHOWN = Duration.ofHours(1);

    /** How often the list of them is made anew. */
    public static final Duration STRANGERS_LOOK = Duration.ofSeconds(1);

    /** Devices whose last sessions are remembered, to find two that use one identity. */
    public static final int RIVALS_WATCHED = 100_000;

    /** How long after it was told to stay away something of the second device may still arrive. */
    public static final Duration RIVAL_ECHO = Duration.ofSeconds(2);

    /** How long it is shown that two devices used one identity. */
    public static final Duration SHARED_SHOWN = Duration.ofHours(1);

    /** How long the second device has to stay away, at least. */
    public static final Duration RIVAL_AWAY = Duration.ofMinutes(5);

    // --- commands

    /** Commands that were heard and are not written yet; more come only while the database does not work. */
    public static final int COMMANDS_UNWRITTEN = 1_000;

    /** No command is sent again to a device within this time. */
    public static final Duration COMMAND_REPEAT = Duration.ofSeconds(1);

    /** How often it is looked for commands that devices which are there have not answered. */
    public static final Duration COMMANDS_OVERDUE_CHECK = Duration.ofSeconds(5);

    /** How long a device that is there may take for an answer before the command is sent again; doubles each time. */
    public static final Duration COMMAND_OVERDUE = Duration.ofSeconds(15);

    /** The most that becomes of it. */
    public static final Duration COMMAND_OVERDUE_MOST = Duration.ofHours(1);

    /** Commands that are sent again to one device at once; further ones follow. Below what a device takes in a second. */
    public static final int COMMANDS_AT_ONCE = 8;

    /** Devices that are looked after in one turn. */
    public static final int DEVICES_AT_ONCE = 32;

    /** How long a command that names no end is sent again. */
    public static final Duration COMMAND_WITHOUT_EXPIRY = Duration.ofHours(1);

    /** How long a command is sent again at most, whatever end it names. */
    public static final Duration COMMAND_EXPIRY_MOST = Duration.ofDays(7);

    /** How long a command and its answers are kept after its end. */
    public static final Duration COMMANDS_KEPT_FOR = Duration.ofDays(30);

    /** Commands that are kept, whatever their age. */
    public static final int COMMANDS_KEPT = 10_000;

    /** Answers that are kept, whatever their age. */
    public static final int ANSWERS_KEPT = 200_000;

    /** How long the broker may take to say what it holds before what is missing is put back. */
    public static final Duration DESIRED_SETTLE = Duration.ofSeconds(2);

    /** How often it is looked for desired states that the broker was not given yet. */
    public static final Duration DESIRED_LOOK = Duration.ofMillis(100);

    /** Desired states that wait for the broker's word at once. */
    public static final int DESIRED_UNDER_WAY = 64;

    /** How often what is too old is dropped. */
    public static final Duration COMMANDS_TIDIED = Duration.ofMinutes(10);

    // --- devices

    /** How long it is kept what happened to a device. */
    public static final Duration DEVICE_EVENTS_KEPT_FOR = Duration.ofDays(90);

    /** Of each device, how much of it. */
    public static final int DEVICE_EVENTS_KEPT = 1_000;

    // --- rollouts

    /** Devices that are told something in one transaction. */
    public static final int ROLLOUT_BATCH = 200;

    /** Between two looks at the rollouts that live. */
    public static final Duration ROLLOUT_LOOK = Duration.ofSeconds(1);

    /** Between two looks for devices that fit later. */
    public static final Duration ROLLOUT_FOLLOW = Duration.ofSeconds(30);

    /** Steps of one rollout that are taken in one turn, before the others have theirs. */
    public static final int ROLLOUT_STEPS = 100;

    /** The newest changes of a rollout that are shown. */
    public static final int ROLLOUT_EVENTS_SHOWN = 100;

    /** Devices of one rollout. */
    public static final int ROLLOUT_DEVICES = 100_000;

    // --- transfer of blobs

    /** Bytes of one piece. Small enough for brokers and devices with tight limits, and for links that break often. */
    public static final int TRANSFER_CHUNK = 32 << 10;

    /** How long the first one who asks for a blob waits for others who want it too, since the last of them asked. */
    public static final Duration TRANSFER_GATHER = Duration.ofMillis(500);

    /** The same, however many come. */
    public static final Duration TRANSFER_GATHER_MOST = Duration.ofSeconds(5);

    /** How long it is remembered who gets a blob, after nobody has asked for more. */
    public static final Duration TRANSFER_FORGET = Duration.ofMinutes(1);

    /** Blobs that are on their way at once. */
    public static final int TRANSFER_BLOBS = 256;

    /** Devices that get one blob at once. */
    public static final int TRANSFER_DEVICES = 20_000;

    /** Bytes a second for all transfers together, unless configured otherwise. */
    public static final long TRANSFER_RATE = 8L << 20;

    /** Blobs between which a patch is made; both are held in memory meanwhile. */
    public static final long PATCH_BLOB_BYTES = 32L << 20;

    /** Patches that wait to be made. */
    public static final int PATCHES_ASKED = 64;

    /** Bytes of all patches that are kept, and how long one is kept. */
    public static final long PATCHES_BYTES = 256L << 20;

    public static final Duration PATCHES_AGE = Duration.ofDays(30);

    /** How long a device waits for a patch that is being made, before it gets the whole: less than until it asks again. */
    public static final Duration PATCH_WAIT = Duration.ofSeconds(4);

    /** Devices that wait for one; those behind them get the whole. */
    public static final int PATCH_WAITING = 1_000;

    /** When to try again to make one after the disk did not do. */
    public static final Duration PATCH_AGAIN = Duration.ofMinutes(10);

    /** How often it is looked for releases that nobody has any use for. */
    public static final Duration CATALOG_TIDIED = Duration.ofMinutes(10);

    /** How long nobody has had a use for a release before its files are deleted; longer than any request takes. */
    public static final Duration CATALOG_GRACE = Duration.ofHours(1);

    /** How long after its end a rollout is counted on to be rolled back. */
    public static final Duration ROLLED_BACK_WITHIN = Duration.ofDays(30);

    /** How often the catalogue is searched at most for a blob that it is not known to have. */
    public static final Duration CATALOG_SEARCH = Duration.ofSeconds(1);

    /** Characters of the reason for which a release is withdrawn. */
    public static final int YANK_REASON_CHARS = 500;

    /** Bytes of one file of a package that is sent to the catalogue. */
    public static final long UPLOAD_FILE_BYTES = 256L << 20;

    /** Files of it. */
    public static final int UPLOAD_FILES = 1_100;

    /** Bytes of all packages that are being sent to the catalogue. */
    public static final long UPLOAD_BYTES = 2L << 30;

    /** How long what was sent of a package waits for the rest. */
    public static final Duration UPLOAD_KEPT = Duration.ofDays(1);

    // --- sinks

    /** Records that are sent on at once, and streams that they are of. */
    public static final int SINK_ROWS = 5_000;

    public static final int SINK_STREAMS = 1_000;

    /** Between two looks for records that are not sent yet, when the last one found few. */
    public static final Duration SINK_LOOK = Duration.ofMillis(250);

    /** Between two looks at how many there are. */
    public static final Duration SINK_COUNT = Duration.ofSeconds(5);

    /** How long after a failure it is tried again, which doubles each time; and the most that becomes of it. */
    public static final Duration SINK_AGAIN = Duration.ofSeconds(1);

    public static final Duration SINK_AGAIN_MOST = Duration.ofSeconds(30);

    /** By how much the clocks of services may differ for the records of a stream to be found quickly. */
    public static final Duration SINK_CLOCKS = Duration.ofDays(1);

    // --- queries

    /** Devices of one change of what they are to have; for more there are rollouts. */
    public static final int CHANGED_DEVICES = 2_000;

    /** Rows of one answer. */
    public static final int QUERY_ROWS = 10_000;

    /** Commands of one answer. */
    public static final int QUERY_COMMANDS = 1_000;

    /** Streams of one device that a query for its newest records looks at. */
    public static final int QUERY_STREAMS = 32;

    // --- HTTP

    /** Threads that answer requests; each may hold one connection to the database. */
    public static final int HTTP_THREADS = 16;

    /** The same of the one that devices enrol at. */
    public static final int ENROLMENT_THREADS = 40;

    /** Connections there; further ones wait. Fewer than threads, so that a connection that sends nothing holds up no other. */
    public static final int ENROLMENT_CONNECTIONS = 32;

    /** How long a connection there may be silent. */
    public static final Duration ENROLMENT_IDLE = Duration.ofSeconds(20);

    /** Body of a request to enrol. */
    public static final long HTTP_REQUEST_BYTES = 16 << 10;

    /** Batches that came in files and wait for the ingest. */
    public static final int CARRIED_BATCHES = 4;

    /** How long one of them may wait, and how long for its commit. */
    public static final Duration CARRIED_PATIENCE = Duration.ofSeconds(30);

    /** Body of a request to the API. */
    public static final long HTTP_BODY_BYTES = 256 << 10;

    /** Characters of a body that is JSON. */
    public static final int HTTP_JSON_CHARS = 64 << 10;

    /** Items of a page of a list, unless asked otherwise; and at most. */
    public static final int HTTP_PAGE = 100;

    public static final int HTTP_PAGE_MOST = 1_000;

    /** Requests a second of one caller, on average. */
    public static final double HTTP_RATE = 50;

    /** Requests of one caller at once. */
    public static final int HTTP_BURST = 200;

    /** Wrong tokens a second from one address, on average; and at once. */
    public static final double HTTP_WRONG_RATE = 1;

    public static final int HTTP_WRONG_BURST = 50;

    /** Refused changes a second of one caller that the audit log tells of, on average; and at once. */
    public static final double AUDIT_REFUSED_RATE = 0.2;

    public static final int AUDIT_REFUSED_BURST = 50;

    /** Callers, or addresses, whose rate is watched. */
    public static final int CALLERS_WATCHED = 10_000;

    /** Events that wait for a browser that is slow to take them; with more it is sent away. */
    public static final int EVENTS_WAITING = 64;

    /** Browsers that listen to events. */
    public static final int EVENT_LISTENERS = 200;

    /** How often it is looked for new records while somebody listens. */
    public static final Duration EVENTS_EVERY = Duration.ofSeconds(1);

    /** Records of one event; when there are more, only the newest go on. */
    public static final int EVENT_RECORDS = 500;

    /** How often the fleet is looked at as a whole. */
    public static final Duration SAMPLE_EVERY = Duration.ofSeconds(5);

    /** All devices are asked how they are for at most one part of the time in so many. */
    public static final int LOOK_SHARE = 10;

    /** Such looks that are remembered. */
    public static final int SAMPLES = 180;

    /** Alarms of the overview, the newest. */
    public static final int ALARMS_SHOWN = 100;

    /** After this time without an event a browser is told that the service is still there. */
    public static final Duration EVENTS_SILENCE = Duration.ofSeconds(15);

    /** Tokens, those that are revoked included. */
    public static final int TOKENS = 10_000;

    /** How long a token is good for at most, where it has an end. */
    public static final Duration TOKEN_LIFE_API_MOST = Duration.ofDays(3660);

    /** How exactly it is known when a token was last used. */
    public static final Duration TOKEN_USE_WRITTEN = Duration.ofMinutes(1);

    /** How long somebody who has logged in stays so. */
    public static final Duration LOGIN_LIFE = Duration.ofHours(12);

    /** Logins with one token. */
    public static final int LOGINS_PER_TOKEN = 50;

    /** How long the answer to a request with an Idempotency-Key is kept. */
    public static final Duration REPEATS_KEPT_FOR = Duration.ofDays(1);

    /** Answers of one caller that are kept. */
    public static final int REPEATS_PER_CALLER = 10_000;

    /** How long the audit log tells of a change. */
    public static final Duration AUDIT_KEPT_FOR = Duration.ofDays(366);

    /** Changes that it tells of, whatever their age. */
    public static final int AUDIT_ENTRIES = 1_000_000;

    /** Between two looks for what is too old there. */
    public static final Duration AUDIT_TIDIED = Duration.ofHours(1);

    /** Characters of one of its texts. */
    public static final int AUDIT_CHARS = 400;

    /** Devices, and streams, that the page shows. */
    public static final int PAGE_ROWS = 200;

    /** Commands that the page shows. */
    public static final int PAGE_COMMANDS = 15;

    /** Records that the page shows. */
    public static final int PAGE_PREDICTIONS = 30;

    /** Between two looks at the files of the trust root. */
    public static final Duration TRUST_LOOK = Duration.ofSeconds(1);

    /** After this time the broker is told again what devices are to know, as somebody may have put something else there. */
    public static final Duration TRUST_AGAIN = Duration.ofMinutes(10);

    private Limits() {}
}
