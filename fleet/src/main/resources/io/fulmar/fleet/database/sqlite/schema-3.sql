-- Version 3: what devices are to do. Statements end with a semicolon at the end of a line.

-- Every command that anybody sent, as it travelled.
CREATE TABLE command (
    number     INTEGER NOT NULL PRIMARY KEY, -- rises in the order of arrival
    scope      TEXT NOT NULL,                -- device or group
    target     TEXT NOT NULL,                -- the device's or the group's name
    id         TEXT NOT NULL,
    digest     BLOB NOT NULL,                -- SHA-256 of bytes
    type       TEXT NOT NULL,
    bytes      BLOB NOT NULL,
    signed_by  TEXT,                         -- key ids, separated by blanks, as it claims; NULL when it is not signed
    not_before INTEGER NOT NULL,             -- 0 for at once
    expires    INTEGER NOT NULL,             -- the command's own, else when the fleet stops to repeat it
    received   INTEGER NOT NULL,
    heard      INTEGER NOT NULL,             -- how often, repeats of the fleet included
    last_heard INTEGER NOT NULL,
    UNIQUE (scope, target, id, digest)
) STRICT;

CREATE INDEX command_id ON command (id);
CREATE INDEX command_target ON command (scope, target, expires);
CREATE INDEX command_not_before ON command (not_before) WHERE not_before > 0;

-- What became of a command on a device. The first answer stands, but for a refusal.
CREATE TABLE command_answer (
    number       INTEGER NOT NULL PRIMARY KEY,
    device       TEXT NOT NULL,
    id           TEXT NOT NULL,
    type         TEXT NOT NULL,
    outcome      TEXT NOT NULL,              -- done, failed, refused or unknown
    reason       TEXT,
    result       TEXT,                       -- JSON; NULL where there is none or it was too large for a row
    result_bytes INTEGER NOT NULL,           -- also when it was left out
    wall_millis  INTEGER NOT NULL,           -- the device's clock, as it believed
    received     INTEGER NOT NULL,
    UNIQUE (device, id)
) STRICT;

CREATE INDEX command_answer_id ON command_answer (id);

-- Of which groups a device said that it is.
CREATE TABLE device_group (
    device TEXT NOT NULL,
    name   TEXT NOT NULL,
    PRIMARY KEY (device, name)
) STRICT, WITHOUT ROWID;

CREATE INDEX device_group_name ON device_group (name);

-- The state that each device should have, exactly as it is published.
CREATE TABLE desired (
    device    TEXT NOT NULL PRIMARY KEY,
    version   INTEGER NOT NULL,
    bytes     BLOB NOT NULL,
    sha256    TEXT NOT NULL,                 -- of its fragment of configuration
    signed_by TEXT,                          -- as in command
    received  INTEGER NOT NULL
) STRICT;

-- The state that each device says that it has.
CREATE TABLE reported (
    device          TEXT NOT NULL PRIMARY KEY,
    document        TEXT NOT NULL,           -- as it was received
    desired_version INTEGER NOT NULL,        -- the highest that it has seen
    sha256          TEXT NOT NULL,           -- of the fragment that runs
    state           TEXT NOT NULL,           -- active, trial, reverted or refused
    reason          TEXT,
    received        INTEGER NOT NULL
) STRICT;
