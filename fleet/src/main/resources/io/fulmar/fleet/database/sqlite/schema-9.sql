-- Version 9: where records are sent on to, and how far. Statements end with a semicolon at the end of a line.

-- One row for each destination that a service was ever told to send to.
CREATE TABLE sink (
    name    TEXT NOT NULL PRIMARY KEY,
    begun   INTEGER NOT NULL,
    known   INTEGER NOT NULL,               -- the newest stream then; of those up to it the oldest record comes first
    dropped INTEGER NOT NULL DEFAULT 0      -- records that were too old to be kept before they were sent
) STRICT, WITHOUT ROWID;

-- How far each stream is sent. Whoever moves it on names where it was.
CREATE TABLE sink_position (
    sink     TEXT NOT NULL,
    stream   INTEGER NOT NULL,
    next     INTEGER NOT NULL,              -- the sequence number that is sent next
    received INTEGER NOT NULL,              -- when the last one that was sent was received; 0 before that
    PRIMARY KEY (sink, stream)
) STRICT, WITHOUT ROWID;
