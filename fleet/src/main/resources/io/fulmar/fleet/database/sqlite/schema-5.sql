-- Version 5: who takes part and what waits for an answer, as fast as it is asked. Statements end with a semicolon at the end of a line.

-- One row; rises with every change of identity and certificate, so that nobody reads these again in vain.
CREATE TABLE identity_change (number INTEGER NOT NULL) STRICT;

INSERT INTO identity_change (number) VALUES (1);

-- All that is needed to find the commands that are still waited for.
CREATE INDEX command_waiting ON command (expires, not_before, last_heard, heard, scope, target, id);
