-- Version 1. Columns are BIGINT, TEXT and BLOB only, so that another database can hold them.
-- Minutes count from 1970, times are milliseconds since 1970.

CREATE TABLE series (
    id BIGINT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL,
    domain TEXT NOT NULL,
    UNIQUE (account, domain)
);

-- How far each series is; a series that is asked for no longer has none.
CREATE TABLE marks (
    series BIGINT NOT NULL PRIMARY KEY REFERENCES series (id),
    judge_from BIGINT NOT NULL,
    next BIGINT NOT NULL,
    covered_from BIGINT NOT NULL,
    history_begin BIGINT
);

-- Blocks of minutes come first in the key: a step that adds one minute of each of many domains
-- then writes a few pages side by side, and not one page for each domain.
CREATE TABLE samples (
    block BIGINT NOT NULL,
    series BIGINT NOT NULL REFERENCES series (id),
    minute BIGINT NOT NULL,
    kept BLOB NOT NULL,
    PRIMARY KEY (block, series, minute)
) WITHOUT ROWID;

CREATE TABLE rules (
    name TEXT NOT NULL PRIMARY KEY,
    meaning TEXT NOT NULL,
    judged_from BIGINT NOT NULL,
    fleet_next BIGINT
);

CREATE TABLE alerts (
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL,
    domain TEXT NOT NULL,
    cause TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (rule, subject, account, domain, cause)
);

CREATE TABLE fleet_left (
    minute BIGINT NOT NULL,
    rule TEXT NOT NULL,
    series BIGINT NOT NULL REFERENCES series (id),
    PRIMARY KEY (minute, rule, series)
);

CREATE TABLE transitions (
    seq BIGINT NOT NULL PRIMARY KEY,
    firing TEXT NOT NULL,
    rule TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL,
    domain TEXT NOT NULL,
    cause TEXT NOT NULL,
    minute BIGINT NOT NULL,
    event TEXT NOT NULL,
    -- The severity before, of a change; the reason, of an end.
    detail TEXT NOT NULL,
    severity TEXT NOT NULL,
    since BIGINT NOT NULL,
    fired BIGINT NOT NULL,
    evidence TEXT NOT NULL,
    UNIQUE (firing, minute, event)
);
CREATE INDEX transitions_ended ON transitions (minute) WHERE event IN ('resolved', 'ended');

CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    seq BIGINT NOT NULL UNIQUE,
    receiver TEXT NOT NULL,
    channel BIGINT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('waiting', 'delivered', 'dead')),
    attempts BIGINT NOT NULL,
    created BIGINT NOT NULL,
    next_at BIGINT NOT NULL,
    done_at BIGINT,
    answer TEXT NOT NULL,
    message TEXT NOT NULL
);
CREATE INDEX outbox_waiting ON outbox (next_at) WHERE state = 'waiting';
CREATE INDEX outbox_done ON outbox (state, done_at) WHERE state <> 'waiting';

-- The alerts of messages that wait, by which a later message waits for an earlier one.
CREATE TABLE outbox_alerts (
    receiver TEXT NOT NULL,
    channel BIGINT NOT NULL,
    alert TEXT NOT NULL,
    seq BIGINT NOT NULL,
    PRIMARY KEY (receiver, channel, alert, seq)
);
CREATE INDEX outbox_alerts_seq ON outbox_alerts (seq);

-- What receivers answered, the latest tries only.
CREATE TABLE deliveries (
    seq BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL,
    at BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX deliveries_id ON deliveries (id);

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- Small notes of the judgement that outlive a restart.
CREATE TABLE notes (
    name TEXT NOT NULL PRIMARY KEY,
    text TEXT NOT NULL
);
