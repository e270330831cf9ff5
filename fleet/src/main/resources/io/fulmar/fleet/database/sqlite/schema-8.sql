-- Version 8: labels and history of devices, and rollouts. Statements end with a semicolon at the end of a line.

-- What people call a device, so that they can choose by it.
CREATE TABLE device_label (
    device TEXT NOT NULL,
    name   TEXT NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (device, name)
) STRICT, WITHOUT ROWID;

-- What happened to a device, in the order in which the fleet noticed.
CREATE TABLE device_event (
    number INTEGER NOT NULL PRIMARY KEY,
    device TEXT NOT NULL,
    at     INTEGER NOT NULL,
    kind   TEXT NOT NULL,
    detail TEXT
) STRICT;

CREATE INDEX device_event_device ON device_event (device, number);

-- One row for each rollout. Whoever changes it names the revision that it has seen.
CREATE TABLE rollout (
    id          TEXT NOT NULL PRIMARY KEY,
    number      INTEGER NOT NULL UNIQUE,    -- rises in the order in which they were made
    name        TEXT NOT NULL,
    subject     TEXT NOT NULL,              -- what of two rollouts only the newer one may change on a device
    plan        TEXT NOT NULL,              -- JSON
    state       TEXT NOT NULL,
    wave        INTEGER NOT NULL,           -- the last one that is open, from 0; -1 before the first
    created     INTEGER NOT NULL,
    created_by  TEXT NOT NULL,
    wave_opened INTEGER NOT NULL,
    good_since  INTEGER NOT NULL,           -- 0 while the wave is not good
    accepted    INTEGER NOT NULL,           -- waves up to this one are not judged any more; -1 for none
    reason      TEXT,
    revision    INTEGER NOT NULL,
    changed     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX rollout_state ON rollout (state);

-- How each device is in a rollout.
CREATE TABLE rollout_device (
    rollout TEXT NOT NULL,
    device  TEXT NOT NULL,
    wave    INTEGER NOT NULL,
    state   TEXT NOT NULL,
    version INTEGER NOT NULL,               -- of the desired state that told it last; 0 before that
    since   INTEGER NOT NULL,
    shadow  INTEGER NOT NULL,               -- 1 where it was told to run the release beside the active one only
    reason  TEXT,
    before  TEXT,                           -- what it had of the same when it was told first; NULL before that
    PRIMARY KEY (rollout, device)
) STRICT, WITHOUT ROWID;

CREATE INDEX rollout_device_device ON rollout_device (device, rollout);

-- Every change of a rollout, in its order.
CREATE TABLE rollout_event (
    rollout    TEXT NOT NULL,
    revision   INTEGER NOT NULL,            -- that it has from then on
    at         INTEGER NOT NULL,
    who        TEXT NOT NULL,
    from_state TEXT NOT NULL,
    state      TEXT NOT NULL,
    wave       INTEGER NOT NULL,
    told       INTEGER NOT NULL,            -- devices that were told to take it, in the same transaction
    taken_back INTEGER NOT NULL,
    reason     TEXT,
    PRIMARY KEY (rollout, revision)
) STRICT, WITHOUT ROWID;

-- What each gate of a wave last showed.
CREATE TABLE rollout_gate (
    rollout  TEXT NOT NULL,
    wave     INTEGER NOT NULL,
    name     TEXT NOT NULL,
    value    REAL,
    bound    REAL NOT NULL,
    at_least INTEGER NOT NULL,
    judged   INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (rollout, wave, name)
) STRICT, WITHOUT ROWID;

-- The version that the broker has taken; the service publishes what is newer.
ALTER TABLE desired ADD COLUMN published INTEGER NOT NULL DEFAULT 0;

UPDATE desired SET published = version;

CREATE INDEX desired_due ON desired (device) WHERE published < version;
