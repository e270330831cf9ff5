-- Version 9: where records are sent on to, and how far. Statements end with a semicolon at the end of a line.

-- One row for each destination that a service was ever told to send to.
CREATE TABLE sink (
    name    TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    begun   BIGINT NOT NULL,
    known   BIGINT NOT NULL,                -- the newest stream then; of those up to it the oldest record comes first
    dropped BIGINT NOT NULL DEFAULT 0       -- records that were too old to be kept before they were sent
);

-- How far each stream is sent. Whoever moves it on names where it was.
CREATE TABLE sink_position (
    sink     TEXT COLLATE "C" NOT NULL,
    stream   BIGINT NOT NULL,
    next     BIGINT NOT NULL,               -- the sequence number that is sent next
    received BIGINT NOT NULL,               -- when the last one that was sent was received; 0 before that
    PRIMARY KEY (sink, stream)
) WITH (fillfactor = 50);
