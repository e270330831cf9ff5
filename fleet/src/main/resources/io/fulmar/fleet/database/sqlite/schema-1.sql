-- The fleet's database, version 1. Statements end with a semicolon at the end of a line.

CREATE TABLE device (
    id            TEXT NOT NULL PRIMARY KEY,
    first_seen    INTEGER NOT NULL,            -- all times: milliseconds since 1970, this host's clock
    last_seen     INTEGER NOT NULL,
    online        INTEGER NOT NULL DEFAULT 0,  -- 1 online, 0 offline or never said
    agent_version TEXT,
    last_hello    INTEGER,
    status        TEXT,                        -- the last status document as it was received
    refused       INTEGER NOT NULL DEFAULT 0   -- messages that could not be read
) STRICT, WITHOUT ROWID;

CREATE TABLE stream (
    id             INTEGER NOT NULL PRIMARY KEY,
    device         TEXT NOT NULL,
    epoch          INTEGER NOT NULL,
    name           TEXT NOT NULL,              -- alarm, event or data
    next           INTEGER NOT NULL,           -- the sequence number that is expected next
    hash           BLOB NOT NULL,              -- chain hash of next - 1
    row_count      INTEGER NOT NULL DEFAULT 0,
    gap_count      INTEGER NOT NULL DEFAULT 0,
    gap_row_count  INTEGER NOT NULL DEFAULT 0, -- rows that gaps stand for
    undecodable    INTEGER NOT NULL DEFAULT 0,
    duplicates     INTEGER NOT NULL DEFAULT 0, -- rows that came again and were not stored again
    conflicts      INTEGER NOT NULL DEFAULT 0, -- batches that contradicted what is stored
    first_received INTEGER NOT NULL,
    last_received  INTEGER NOT NULL,
    UNIQUE (device, epoch, name)
) STRICT;

-- One row for each record, under (stream, seq) once; id rises in the order of arrival.
CREATE TABLE record (
    id          INTEGER NOT NULL PRIMARY KEY,
    stream      INTEGER NOT NULL REFERENCES stream (id),
    seq         INTEGER NOT NULL,
    bytes       BLOB NOT NULL,                 -- exactly as the device recorded it
    hash        BLOB NOT NULL,                 -- chain hash of this row
    received    INTEGER NOT NULL,
    kind        TEXT NOT NULL,                 -- prediction, failure, event, or undecodable
    pipeline    TEXT,
    model       TEXT,
    version     TEXT,
    label       TEXT,
    score       REAL,
    wall_millis INTEGER,                       -- the device's clock, as it believed
    UNIQUE (stream, seq)
) STRICT;

-- Rows that the device had to drop by its policy.
CREATE TABLE gap (
    stream     INTEGER NOT NULL REFERENCES stream (id),
    first_seq  INTEGER NOT NULL,
    last_seq   INTEGER NOT NULL,
    reason     TEXT NOT NULL,
    row_count  INTEGER NOT NULL,
    hash       BLOB NOT NULL,                  -- chain hash of last_seq
    received   INTEGER NOT NULL,
    PRIMARY KEY (stream, first_seq)
) STRICT, WITHOUT ROWID;

-- Batches that contradicted what is stored, kept for a person to look at.
CREATE TABLE conflict (
    id        INTEGER NOT NULL PRIMARY KEY,
    stream    INTEGER NOT NULL REFERENCES stream (id),
    first_seq INTEGER NOT NULL,
    last_seq  INTEGER NOT NULL,
    reason    TEXT NOT NULL,
    batch     BLOB NOT NULL,                   -- as it travelled
    encoding  TEXT,                            -- of the batch; NULL for none
    received  INTEGER NOT NULL
) STRICT;

CREATE INDEX conflict_stream ON conflict (stream);

-- For people and reports: every record under its full name.
CREATE VIEW prediction AS
SELECT s.device, printf('%016x', s.epoch) AS epoch, s.name AS stream, r.seq, r.kind, r.pipeline, r.model, r.version,
       r.label, r.score, r.wall_millis, r.received, r.bytes, r.hash
FROM record r JOIN stream s ON s.id = r.stream;
