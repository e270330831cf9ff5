-- Version 14: inputs that devices have kept. Statements end with a semicolon at the end of a line.

CREATE TABLE sample (
    id          BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    device      TEXT COLLATE "C" NOT NULL,
    epoch       BIGINT NOT NULL,
    stream      TEXT COLLATE "C" NOT NULL,
    seq         BIGINT NOT NULL,
    pipeline    TEXT COLLATE "C" NOT NULL,
    model       TEXT COLLATE "C" NOT NULL,
    version     TEXT COLLATE "C" NOT NULL,
    label       TEXT COLLATE "C",
    score       DOUBLE PRECISION,
    numbers     TEXT,
    rule        TEXT NOT NULL,
    format      TEXT NOT NULL,
    size        BIGINT NOT NULL,
    sha256      BYTEA NOT NULL,
    chunks      INTEGER NOT NULL,
    state       TEXT NOT NULL,
    taken       BIGINT NOT NULL,
    received    BIGINT NOT NULL,
    UNIQUE (device, epoch, stream, seq)
);

CREATE TABLE sample_chunk (
    sample  BIGINT NOT NULL REFERENCES sample (id) ON DELETE CASCADE,
    number  INTEGER NOT NULL,
    content BYTEA NOT NULL,
    PRIMARY KEY (sample, number)
);
