-- Version 5: what came of single alerts of messages that wait or were given up, where a receiver is
-- told of them one by one. A message that was delivered has none: all of it was taken.

CREATE TABLE alert_outcomes (
    -- The message in the outbox.
    seq BIGINT NOT NULL,
    firing TEXT NOT NULL,
    outcome TEXT NOT NULL CHECK (outcome IN ('taken', 'refused')),
    at BIGINT NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (seq, firing)
);

-- From now on `critical` in the outbox is 2 for a message that was given up after its critical alerts
-- were taken: what was not told of it is less.
