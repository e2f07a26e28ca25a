-- Version 3: samples in two forms, both packed; what the table `samples` holds is moved over time.

-- Minutes as they come: those of one step, of one block of minutes and one lane of series, in a row.
CREATE TABLE recent (
    lane BIGINT NOT NULL,
    block BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (lane, block, seq)
);

-- Blocks of minutes that are over: those of one series in a row.
CREATE TABLE packed (
    block BIGINT NOT NULL,
    series BIGINT NOT NULL REFERENCES series (id),
    minutes BIGINT NOT NULL,
    samples BLOB NOT NULL,
    PRIMARY KEY (block, series)
);
