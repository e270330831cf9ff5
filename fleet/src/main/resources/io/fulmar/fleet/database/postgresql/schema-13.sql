-- Version 13: what was right. Statements end with a semicolon at the end of a line.

-- The true label of a prediction, with what the model said, which is not kept as long.
CREATE TABLE truth (
    device  TEXT COLLATE "C" NOT NULL,
    epoch   BIGINT NOT NULL,
    stream  TEXT COLLATE "C" NOT NULL,
    seq     BIGINT NOT NULL,
    label   TEXT COLLATE "C" NOT NULL,
    said    TEXT COLLATE "C" NOT NULL,
    score   DOUBLE PRECISION,
    model   TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    set_by  TEXT NOT NULL,
    set_at  BIGINT NOT NULL,
    PRIMARY KEY (device, epoch, stream, seq)
);

CREATE INDEX truth_release ON truth (model, version, said, label);
