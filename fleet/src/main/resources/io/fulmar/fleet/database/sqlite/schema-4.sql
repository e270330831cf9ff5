-- Version 4: when a record was made, whatever the device's clock said. Statements end with a semicolon at the end of a line.

-- since the agent had started
ALTER TABLE record ADD COLUMN uptime_millis INTEGER;

-- which start that was
ALTER TABLE record ADD COLUMN boot INTEGER;

-- what must be added to wall_millis to get the time, as the device knew by then
ALTER TABLE record ADD COLUMN offset_millis INTEGER NOT NULL DEFAULT 0;

-- What a device learnt about the time after it had stamped records of that boot with another.
CREATE TABLE clock (
    device        TEXT NOT NULL,
    epoch         INTEGER NOT NULL,
    boot          INTEGER NOT NULL,
    uptime_millis INTEGER NOT NULL,
    time_millis   INTEGER NOT NULL,            -- what time it was then
    PRIMARY KEY (device, epoch, boot, uptime_millis)
) STRICT, WITHOUT ROWID;

DROP VIEW prediction;

-- For people and reports: every record under its full name; time_millis is wall_millis, corrected.
CREATE VIEW prediction AS
SELECT s.device, printf('%016x', s.epoch) AS epoch, s.name AS stream, r.seq, r.kind, r.pipeline, r.model, r.version,
       r.label, r.score, r.wall_millis, r.received, r.bytes, r.hash, r.id, r.stream AS stream_id,
       CASE WHEN r.offset_millis <> 0 THEN r.wall_millis + r.offset_millis
            ELSE coalesce((SELECT c.time_millis - c.uptime_millis + r.uptime_millis FROM clock c
                           WHERE c.device = s.device AND c.epoch = s.epoch AND c.boot = r.boot
                             AND c.uptime_millis >= r.uptime_millis
                           ORDER BY c.uptime_millis LIMIT 1),
                          r.wall_millis)
       END AS time_millis
FROM record r JOIN stream s ON s.id = r.stream;
