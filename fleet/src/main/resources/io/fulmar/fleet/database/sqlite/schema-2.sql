-- Version 2: who may take part. Statements end with a semicolon at the end of a line.

-- One row for each device that has ever been enrolled.
CREATE TABLE identity (
    device   TEXT NOT NULL PRIMARY KEY,
    groups   TEXT NOT NULL,               -- names, separated by blanks
    enrolled INTEGER NOT NULL,            -- the last time
    revoked  INTEGER                      -- since when it is refused; NULL while it is welcome
) STRICT, WITHOUT ROWID;

-- One row for each certificate that a device was given.
CREATE TABLE certificate (
    serial    TEXT NOT NULL PRIMARY KEY,  -- hex
    device    TEXT NOT NULL,
    key       TEXT NOT NULL,              -- SHA-256 over its public key, base64url
    issued    INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    revoked   INTEGER,
    pem       TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX certificate_device ON certificate (device);

-- One row for each invitation to enrol; the secret itself is not kept.
CREATE TABLE enrolment_token (
    id       TEXT NOT NULL PRIMARY KEY,
    secret   TEXT NOT NULL,               -- its SHA-256, hex
    device   TEXT NOT NULL,
    groups   TEXT NOT NULL,
    created  INTEGER NOT NULL,
    expires  INTEGER NOT NULL,
    failures INTEGER NOT NULL DEFAULT 0,  -- wrong secrets
    serial   TEXT                         -- of the certificate that was given for it; NULL while it is unused
) STRICT, WITHOUT ROWID;

-- When two devices were last seen to use one identity; NULL for never.
ALTER TABLE device ADD COLUMN shared INTEGER;
