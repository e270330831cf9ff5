-- Version 11: what models find that is no class. Statements end with a semicolon at the end of a line.

-- JSON: objects, keypoints, quantities; NULL where there are none.
ALTER TABLE record ADD COLUMN found TEXT;

DROP VIEW prediction;

-- For people and reports: every record under its full name; time_millis is wall_millis, corrected.
CREATE VIEW prediction AS
SELECT s.device, printf('%016x', s.epoch) AS epoch, s.name AS stream, r.seq, r.kind, r.pipeline, r.model, r.version,
       r.label, r.score, r.found, r.wall_millis, r.received, r.bytes, r.hash, r.id, r.stream AS stream_id,
       CASE WHEN r.offset_millis <> 0 THEN r.wall_millis + r.offset_millis
            ELSE coalesce((SELECT c.time_millis - c.uptime_millis + r.uptime_millis FROM clock c
                           WHERE c.device = s.device AND c.epoch = s.epoch AND c.boot = r.boot
                             AND c.uptime_millis >= r.uptime_millis
                           ORDER BY c.uptime_millis LIMIT 1),
                          r.wall_millis)
       END AS time_millis
FROM record r JOIN stream s ON s.id = r.stream;
