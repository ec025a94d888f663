-- How many versions of an answer there are, the present one among them, and when that ended. Null where an
-- answer grows, and where it ended before this was kept.
ALTER TABLE intentions ADD COLUMN versions BIGINT NOT NULL DEFAULT 1;
ALTER TABLE intentions ADD COLUMN ended_at BIGINT;

-- What answers were before they were written again. Apart from the messages, so that no query of those
-- brings them along.
CREATE TABLE earlier_versions (
    space_id TEXT   NOT NULL,
    number   BIGINT NOT NULL,
    -- The position at which its text began.
    begun    BIGINT NOT NULL,
    content  TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    reason   TEXT,
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, number, begun),
    FOREIGN KEY (space_id, number) REFERENCES intentions (space_id, number)
);
