-- Version 13: what was right. Statements end with a semicolon at the end of a line.

-- The true label of a prediction, with what the model said, which is not kept as long.
CREATE TABLE truth (
    device  TEXT NOT NULL,
    epoch   INTEGER NOT NULL,
    stream  TEXT NOT NULL,
    seq     INTEGER NOT NULL,
    label   TEXT NOT NULL,
    said    TEXT NOT NULL,
    score   REAL,
    model   TEXT NOT NULL,
    version TEXT NOT NULL,
    set_by  TEXT NOT NULL,
    set_at  INTEGER NOT NULL,
    PRIMARY KEY (device, epoch, stream, seq)
) STRICT, WITHOUT ROWID;

CREATE INDEX truth_release ON truth (model, version, said, label);
