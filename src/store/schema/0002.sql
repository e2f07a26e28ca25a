-- Version 2: what was decided of firings, and why, for those who ask later.

CREATE TABLE decisions (
    seq BIGINT NOT NULL PRIMARY KEY,
    firing TEXT NOT NULL,
    at BIGINT NOT NULL,
    what TEXT NOT NULL,
    UNIQUE (firing, at, what)
);
CREATE INDEX decisions_at ON decisions (at);
