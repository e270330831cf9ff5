-- Version 12: statistics of models are found among the records. Statements end with a semicolon at the end of a line.

CREATE INDEX record_statistics ON record (id) WHERE kind = 'statistics';

CREATE INDEX record_statistics_of ON record (stream, id) WHERE kind = 'statistics';
