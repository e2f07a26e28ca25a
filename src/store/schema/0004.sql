-- Version 4. Order by alert and not by firing, who has heard of what, and messages that stand in
-- for others.

-- The delivery that a message stands in for, because its receiver could not be given it.
ALTER TABLE outbox ADD COLUMN stands_for TEXT;
-- Whether it tells of a critical alert that fires.
ALTER TABLE outbox ADD COLUMN critical BIGINT NOT NULL DEFAULT 0;
UPDATE outbox SET critical = 1 WHERE EXISTS (
    SELECT 1
    FROM json_each(CASE WHEN json_valid(outbox.message) THEN outbox.message ELSE '{}' END, '$.alerts') AS a
    WHERE json_extract(a.value, '$.severity') = 'critical' AND json_extract(a.value, '$.state') = 'firing');

CREATE INDEX outbox_stands_for ON outbox (stands_for) WHERE stands_for IS NOT NULL;
DROP INDEX outbox_waiting;
CREATE INDEX outbox_lanes ON outbox (receiver, channel, next_at, seq) WHERE state = 'waiting';

-- A message waits for earlier ones about the same alert, whichever of its firings they are about.
DELETE FROM outbox_alerts;
INSERT INTO outbox_alerts (receiver, channel, alert, seq)
    SELECT DISTINCT o.receiver, o.channel,
           COALESCE(json_extract(a.value, '$.rule'), '') || char(31)
               || COALESCE(json_extract(a.value, '$.account'), '') || char(31)
               || COALESCE(json_extract(a.value, '$.domain'), '') || char(31)
               || COALESCE(json_extract(a.value, '$.labels.cause'), ''),
           o.seq
    FROM outbox AS o,
         json_each(CASE WHEN json_valid(o.message) THEN o.message ELSE '{}' END, '$.alerts') AS a
    WHERE o.state = 'waiting';

-- Whether a channel was told that a firing began: so that it is not told of the end alone.
CREATE TABLE heard (
    receiver TEXT NOT NULL,
    channel BIGINT NOT NULL,
    firing TEXT NOT NULL,
    heard TEXT NOT NULL CHECK (heard IN ('yes', 'no')),
    at BIGINT NOT NULL,
    PRIMARY KEY (receiver, channel, firing)
);
CREATE INDEX heard_at ON heard (at);
