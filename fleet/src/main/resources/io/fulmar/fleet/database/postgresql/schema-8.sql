-- Version 8: labels and history of devices, and rollouts. Statements end with a semicolon at the end of a line.

-- What people call a device, so that they can choose by it.
CREATE TABLE device_label (
    device TEXT COLLATE "C" NOT NULL,
    name   TEXT COLLATE "C" NOT NULL,
    value  TEXT NOT NULL,
    PRIMARY KEY (device, name)
);

-- What happened to a device, in the order in which the fleet noticed.
CREATE TABLE device_event (
    number BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device TEXT COLLATE "C" NOT NULL,
    at     BIGINT NOT NULL,
    kind   TEXT NOT NULL,
    detail TEXT
);

CREATE INDEX device_event_device ON device_event (device, number);

-- One row for each rollout. Whoever changes it names the revision that it has seen.
CREATE TABLE rollout (
    id          TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    number      BIGINT NOT NULL UNIQUE,    -- rises in the order in which they were made
    name        TEXT COLLATE "C" NOT NULL,
    subject     TEXT NOT NULL,              -- what of two rollouts only the newer one may change on a device
    plan        TEXT NOT NULL,              -- JSON
    state       TEXT NOT NULL,
    wave        INTEGER NOT NULL,           -- the last one that is open, from 0; -1 before the first
    created     BIGINT NOT NULL,
    created_by  TEXT NOT NULL,
    wave_opened BIGINT NOT NULL,
    good_since  BIGINT NOT NULL,           -- 0 while the wave is not good
    accepted    INTEGER NOT NULL,           -- waves up to this one are not judged any more; -1 for none
    reason      TEXT,
    revision    BIGINT NOT NULL,
    changed     BIGINT NOT NULL
);

CREATE INDEX rollout_state ON rollout (state);

-- How each device is in a rollout.
CREATE TABLE rollout_device (
    rollout TEXT COLLATE "C" NOT NULL,
    device  TEXT COLLATE "C" NOT NULL,
    wave    INTEGER NOT NULL,
    state   TEXT NOT NULL,
    version BIGINT NOT NULL,               -- of the desired state that told it last; 0 before that
    since   BIGINT NOT NULL,
    shadow  INTEGER NOT NULL,               -- 1 where it was told to run the release beside the active one only
    reason  TEXT,
    before  TEXT,                           -- what it had of the same when it was told first; NULL before that
    PRIMARY KEY (rollout, device)
);

CREATE INDEX rollout_device_device ON rollout_device (device, rollout);

-- Every change of a rollout, in its order.
CREATE TABLE rollout_event (
    rollout    TEXT COLLATE "C" NOT NULL,
    revision   BIGINT NOT NULL,            -- that it has from then on
    at         BIGINT NOT NULL,
    who        TEXT NOT NULL,
    from_state TEXT NOT NULL,
    state      TEXT NOT NULL,
    wave       INTEGER NOT NULL,
    told       BIGINT NOT NULL,            -- devices that were told to take it, in the same transaction
    taken_back BIGINT NOT NULL,
    reason     TEXT,
    PRIMARY KEY (rollout, revision)
);

-- What each gate of a wave last showed.
CREATE TABLE rollout_gate (
    rollout  TEXT COLLATE "C" NOT NULL,
    wave     INTEGER NOT NULL,
    name     TEXT COLLATE "C" NOT NULL,
    value    DOUBLE PRECISION,
    bound    DOUBLE PRECISION NOT NULL,
    at_least INTEGER NOT NULL,
    judged   INTEGER NOT NULL,
    at       BIGINT NOT NULL,
    PRIMARY KEY (rollout, wave, name)
);

-- The version that the broker has taken; the service publishes what is newer.
ALTER TABLE desired ADD COLUMN published BIGINT NOT NULL DEFAULT 0;

UPDATE desired SET published = version;

CREATE INDEX desired_due ON desired (device) WHERE published < version;
