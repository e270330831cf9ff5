-- The fleet's database in PostgreSQL, as of version 7; the same tables as in SQLite, where they are explained.
-- Statements end with a semicolon at the end of a line. Text that is sorted or compared is so by its bytes.

CREATE TABLE device (
    id            TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    first_seen    BIGINT NOT NULL,
    last_seen     BIGINT NOT NULL,
    online        INTEGER NOT NULL DEFAULT 0,
    agent_version TEXT,
    last_hello    BIGINT,
    status        TEXT,
    refused       BIGINT NOT NULL DEFAULT 0,
    shared        BIGINT
);

CREATE TABLE stream (
    id             BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device         TEXT COLLATE "C" NOT NULL,
    epoch          BIGINT NOT NULL,
    name           TEXT COLLATE "C" NOT NULL,
    next           BIGINT NOT NULL,
    hash           BYTEA NOT NULL,
    row_count      BIGINT NOT NULL DEFAULT 0,
    gap_count      BIGINT NOT NULL DEFAULT 0,
    gap_row_count  BIGINT NOT NULL DEFAULT 0,
    undecodable    BIGINT NOT NULL DEFAULT 0,
    duplicates     BIGINT NOT NULL DEFAULT 0,
    conflicts      BIGINT NOT NULL DEFAULT 0,
    first_received BIGINT NOT NULL,
    last_received  BIGINT NOT NULL,
    UNIQUE (device, epoch, name)
) WITH (fillfactor = 50);

CREATE SEQUENCE record_id CACHE 32;

-- One partition for each day of reception; a whole one is dropped at its end. That each (stream, seq) is there once is seen
-- to by the stream's row, which is locked while it moves on: the key has to name the day, too.
CREATE TABLE record (
    id            BIGINT NOT NULL DEFAULT nextval('record_id'),
    stream        BIGINT NOT NULL,
    seq           BIGINT NOT NULL,
    bytes         BYTEA NOT NULL,
    hash          BYTEA NOT NULL,
    received      BIGINT NOT NULL,
    kind          TEXT NOT NULL,
    pipeline      TEXT,
    model         TEXT,
    version       TEXT,
    label         TEXT,
    score         DOUBLE PRECISION,
    wall_millis   BIGINT,
    uptime_millis BIGINT,
    boot          INTEGER,
    offset_millis BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (stream, seq, received)
) PARTITION BY RANGE (received);

CREATE INDEX record_arrival ON record (id);

CREATE TABLE gap (
    stream    BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq  BIGINT NOT NULL,
    reason    TEXT NOT NULL,
    row_count BIGINT NOT NULL,
    hash      BYTEA NOT NULL,
    received  BIGINT NOT NULL,
    PRIMARY KEY (stream, first_seq)
);

CREATE TABLE conflict (
    id        BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream    BIGINT NOT NULL,
    first_seq BIGINT NOT NULL,
    last_seq  BIGINT NOT NULL,
    reason    TEXT NOT NULL,
    batch     BYTEA NOT NULL,
    encoding  TEXT,
    received  BIGINT NOT NULL
);

CREATE INDEX conflict_stream ON conflict (stream);

CREATE TABLE clock (
    device        TEXT COLLATE "C" NOT NULL,
    epoch         BIGINT NOT NULL,
    boot          INTEGER NOT NULL,
    uptime_millis BIGINT NOT NULL,
    time_millis   BIGINT NOT NULL,
    PRIMARY KEY (device, epoch, boot, uptime_millis)
);

CREATE VIEW prediction AS
SELECT s.device, lpad(to_hex(s.epoch), 16, '0') AS epoch, s.name AS stream, r.seq, r.kind, r.pipeline, r.model, r.version,
       r.label, r.score, r.wall_millis, r.received, r.bytes, r.hash, r.id, r.stream AS stream_id,
       CASE WHEN r.wall_millis IS NOT NULL THEN CAST(greatest(-9223372036854775808, least(9223372036854775807, -- of absurd clocks
            CASE WHEN r.offset_millis <> 0 THEN CAST(r.wall_millis AS NUMERIC) + r.offset_millis
                 ELSE coalesce((SELECT CAST(c.time_millis AS NUMERIC) - c.uptime_millis + r.uptime_millis FROM clock c
                                WHERE c.device = s.device AND c.epoch = s.epoch AND c.boot = r.boot
                                  AND c.uptime_millis >= r.uptime_millis
                                ORDER BY c.uptime_millis LIMIT 1),
                               r.wall_millis)
            END)) AS BIGINT) END AS time_millis
FROM record r JOIN stream s ON s.id = r.stream;

CREATE TABLE identity (
    device   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    groups   TEXT NOT NULL,
    enrolled BIGINT NOT NULL,
    revoked  BIGINT
);

CREATE TABLE certificate (
    serial    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    device    TEXT COLLATE "C" NOT NULL,
    key       TEXT NOT NULL,
    issued    BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    revoked   BIGINT,
    pem       TEXT NOT NULL
);

CREATE INDEX certificate_device ON certificate (device);

CREATE TABLE enrolment_token (
    id       TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    secret   TEXT NOT NULL,
    device   TEXT COLLATE "C" NOT NULL,
    groups   TEXT NOT NULL,
    created  BIGINT NOT NULL,
    expires  BIGINT NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,
    serial   TEXT
);

CREATE TABLE identity_change (number BIGINT NOT NULL);

INSERT INTO identity_change (number) VALUES (1);

CREATE TABLE command (
    number     BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    scope      TEXT NOT NULL,
    target     TEXT COLLATE "C" NOT NULL,
    id         TEXT COLLATE "C" NOT NULL,
    digest     BYTEA NOT NULL,
    type       TEXT NOT NULL,
    bytes      BYTEA NOT NULL,
    signed_by  TEXT,
    not_before BIGINT NOT NULL,
    expires    BIGINT NOT NULL,
    received   BIGINT NOT NULL,
    heard      BIGINT NOT NULL,
    last_heard BIGINT NOT NULL,
    UNIQUE (scope, target, id, digest)
);

CREATE INDEX command_id ON command (id);
CREATE INDEX command_target ON command (scope, target, expires);
CREATE INDEX command_not_before ON command (not_before) WHERE not_before > 0;

CREATE TABLE command_answer (
    number       BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device       TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    type         TEXT NOT NULL,
    outcome      TEXT NOT NULL,
    reason       TEXT,
    result       TEXT,
    result_bytes INTEGER NOT NULL,
    wall_millis  BIGINT NOT NULL,
    received     BIGINT NOT NULL,
    UNIQUE (device, id)
);

CREATE INDEX command_answer_id ON command_answer (id);

CREATE TABLE device_group (
    device TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (device, name)
);

CREATE INDEX device_group_name ON device_group (name);

CREATE TABLE desired (
    device    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    version   BIGINT NOT NULL,
    bytes     BYTEA NOT NULL,
    sha256    TEXT NOT NULL,
    signed_by TEXT,
    received  BIGINT NOT NULL
);

CREATE TABLE reported (
    device          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    document        TEXT NOT NULL,
    desired_version BIGINT NOT NULL,
    sha256          TEXT NOT NULL,
    state           TEXT NOT NULL,
    reason          TEXT,
    received        BIGINT NOT NULL
);

CREATE TABLE prediction_count (
    device  TEXT COLLATE "C" NOT NULL,
    model   TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    hour    BIGINT NOT NULL,
    label   TEXT COLLATE "C" NOT NULL,
    count   BIGINT NOT NULL,
    PRIMARY KEY (device, model, version, hour, label)
) WITH (fillfactor = 70);

CREATE INDEX prediction_count_hour ON prediction_count (hour);

CREATE TABLE confidence_count (
    device  TEXT COLLATE "C" NOT NULL,
    model   TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    hour    BIGINT NOT NULL,
    bucket  INTEGER NOT NULL,
    count   BIGINT NOT NULL,
    PRIMARY KEY (device, model, version, hour, bucket)
) WITH (fillfactor = 70);

CREATE INDEX confidence_count_hour ON confidence_count (hour);

CREATE TABLE api_token (
    id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    hash       TEXT COLLATE "C" NOT NULL,
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,
    created    BIGINT NOT NULL,
    created_by TEXT NOT NULL,
    expires    BIGINT,
    revoked    BIGINT,
    last_used  BIGINT
);

CREATE TABLE api_login (
    hash    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    token   TEXT COLLATE "C" NOT NULL,
    csrf    TEXT NOT NULL,
    created BIGINT NOT NULL,
    expires BIGINT NOT NULL
);

CREATE INDEX api_login_token ON api_login (token, created);
CREATE INDEX api_login_expires ON api_login (expires);

CREATE TABLE api_repeat (
    caller       TEXT COLLATE "C" NOT NULL,
    repeat_key   TEXT COLLATE "C" NOT NULL,
    request      TEXT NOT NULL,
    created      BIGINT NOT NULL,
    status       INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    body         TEXT NOT NULL,
    location     TEXT,
    PRIMARY KEY (caller, repeat_key)
);

CREATE INDEX api_repeat_created ON api_repeat (created);
CREATE INDEX api_repeat_caller ON api_repeat (caller, created);

CREATE TABLE audit (
    number  BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      BIGINT NOT NULL,
    caller  TEXT COLLATE "C" NOT NULL,
    name    TEXT NOT NULL,
    role    TEXT NOT NULL,
    what    TEXT NOT NULL,
    target  TEXT NOT NULL,
    detail  TEXT,
    status  INTEGER NOT NULL,
    address TEXT NOT NULL
);

CREATE INDEX audit_at ON audit (at);
