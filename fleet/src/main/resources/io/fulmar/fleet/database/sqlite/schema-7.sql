-- Version 7: how many predictions there were of which kind. Statements end with a semicolon at the end of a line.

-- Predictions by what they said; hour is the beginning of the hour, by the device's time where that is plausible.
CREATE TABLE prediction_count (
    device  TEXT NOT NULL,
    model   TEXT NOT NULL,
    version TEXT NOT NULL,
    hour    INTEGER NOT NULL,
    label   TEXT NOT NULL,                     -- '' for none, '…' for all beyond the first so many of that hour
    count   INTEGER NOT NULL,
    PRIMARY KEY (device, model, version, hour, label)
) STRICT, WITHOUT ROWID;

CREATE INDEX prediction_count_hour ON prediction_count (hour);

-- Predictions by how sure the model was: bucket 0 is a score below 0.05, bucket 19 one of 0.95 and more.
CREATE TABLE confidence_count (
    device  TEXT NOT NULL,
    model   TEXT NOT NULL,
    version TEXT NOT NULL,
    hour    INTEGER NOT NULL,
    bucket  INTEGER NOT NULL,
    count   INTEGER NOT NULL,
    PRIMARY KEY (device, model, version, hour, bucket)
) STRICT, WITHOUT ROWID;

CREATE INDEX confidence_count_hour ON confidence_count (hour);
