-- Version 14: inputs that devices have kept. Statements end with a semicolon at the end of a line.

-- What is said of one, from the first of its parts on. It is named as the prediction that was made of it.
CREATE TABLE sample (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    device      TEXT NOT NULL,
    epoch       INTEGER NOT NULL,
    stream      TEXT NOT NULL,
    seq         INTEGER NOT NULL,
    pipeline    TEXT NOT NULL,
    model       TEXT NOT NULL,
    version     TEXT NOT NULL,
    label       TEXT,                       -- what the model said; NULL where it names no class
    score       REAL,
    numbers     TEXT,                       -- JSON: what a model said that names no class
    rule        TEXT NOT NULL,              -- why it was kept
    format      TEXT NOT NULL,              -- the ending of a file with this content
    size        INTEGER NOT NULL,
    sha256      BLOB NOT NULL,
    chunks      INTEGER NOT NULL,
    state       TEXT NOT NULL,              -- coming, whole or damaged
    taken       INTEGER NOT NULL,           -- when, as the device knew it
    received    INTEGER NOT NULL,           -- the last part that was new
    UNIQUE (device, epoch, stream, seq)
) STRICT;

CREATE TABLE sample_chunk (
    sample  INTEGER NOT NULL REFERENCES sample (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL,               -- from 0
    content BLOB NOT NULL,
    PRIMARY KEY (sample, number)
) STRICT;
