-- Version 6: who may call the API, and who did. Statements end with a semicolon at the end of a line.

-- One row for each token; the secret itself is not kept.
CREATE TABLE api_token (
    id         TEXT NOT NULL PRIMARY KEY,
    hash       TEXT NOT NULL,               -- SHA-256 of the secret, hex
    name       TEXT NOT NULL,
    role       TEXT NOT NULL,               -- metrics, viewer, operator, publisher or admin
    created    INTEGER NOT NULL,
    created_by TEXT NOT NULL,               -- the name of who made it
    expires    INTEGER,                     -- NULL for never
    revoked    INTEGER,                     -- NULL while it is good
    last_used  INTEGER                      -- to about a minute
) STRICT, WITHOUT ROWID;

-- One row for each browser that has logged in.
CREATE TABLE api_login (
    hash    TEXT NOT NULL PRIMARY KEY,      -- SHA-256 of its cookie, hex
    token   TEXT NOT NULL,                  -- with which it logged in
    csrf    TEXT NOT NULL,                  -- what its changing requests have to carry
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX api_login_token ON api_login (token, created);
CREATE INDEX api_login_expires ON api_login (expires);

-- Answers to changing requests that carried an Idempotency-Key.
CREATE TABLE api_repeat (
    caller       TEXT NOT NULL,             -- token id
    repeat_key   TEXT NOT NULL,
    request      TEXT NOT NULL,             -- SHA-256 of it, hex
    created      INTEGER NOT NULL,
    status       INTEGER NOT NULL,          -- 0 before it was answered
    content_type TEXT NOT NULL,
    body         TEXT NOT NULL,
    location     TEXT,
    PRIMARY KEY (caller, repeat_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX api_repeat_created ON api_repeat (created);
CREATE INDEX api_repeat_caller ON api_repeat (caller, created);

-- One row for each change that somebody asked for, written before it was made.
CREATE TABLE audit (
    number  INTEGER NOT NULL PRIMARY KEY,   -- rises in the order of arrival
    at      INTEGER NOT NULL,
    caller  TEXT NOT NULL,                  -- token id
    name    TEXT NOT NULL,                  -- of the token, at that time
    role    TEXT NOT NULL,
    what    TEXT NOT NULL,                  -- verb and route
    target  TEXT NOT NULL,
    detail  TEXT,
    status  INTEGER NOT NULL,               -- of the answer; 0 before it was given
    address TEXT NOT NULL
) STRICT;

CREATE INDEX audit_at ON audit (at);
