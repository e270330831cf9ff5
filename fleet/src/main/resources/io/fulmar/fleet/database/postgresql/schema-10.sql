-- Version 10: predictions of all devices together. Statements end with a semicolon at the end of a line.

-- The sums over all devices of what prediction_count and confidence_count say of each, written in the same transactions, so that
-- the whole fleet is asked about without reading a row of every device. Several services add to rows of their own.
CREATE TABLE prediction_total (
    model   TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    hour    BIGINT NOT NULL,
    label   TEXT COLLATE "C" NOT NULL,
    slot    INTEGER NOT NULL,                 -- of the service that counted them
    count   BIGINT NOT NULL,
    PRIMARY KEY (model, version, hour, label, slot)
) WITH (fillfactor = 50);

CREATE INDEX prediction_total_hour ON prediction_total (hour);

CREATE TABLE confidence_total (
    model   TEXT COLLATE "C" NOT NULL,
    version TEXT COLLATE "C" NOT NULL,
    hour    BIGINT NOT NULL,
    bucket  INTEGER NOT NULL,
    slot    INTEGER NOT NULL,
    count   BIGINT NOT NULL,
    PRIMARY KEY (model, version, hour, bucket, slot)
) WITH (fillfactor = 50);

CREATE INDEX confidence_total_hour ON confidence_total (hour);

INSERT INTO prediction_total (model, version, hour, label, slot, count)
SELECT model, version, hour, label, 0, sum(count) FROM prediction_count GROUP BY model, version, hour, label;

INSERT INTO confidence_total (model, version, hour, bucket, slot, count)
SELECT model, version, hour, bucket, 0, sum(count) FROM confidence_count GROUP BY model, version, hour, bucket;
