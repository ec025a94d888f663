-- Who has reacted to which message, and who has taken that back: a catch-up tells that, too. Apart from the
-- messages, so that a reaction costs the same however long its message is. The rows are stored by their key,
-- so the indexes hold all of it.
CREATE TABLE reactions (
    space_id   TEXT   NOT NULL,
    number     BIGINT NOT NULL,
    -- One emoji, fully qualified.
    emoji      TEXT   NOT NULL,
    being_id   TEXT   NOT NULL REFERENCES beings (id),
    -- The position of its last change.
    seq        BIGINT NOT NULL,
    is_removed BIGINT NOT NULL,
    PRIMARY KEY (space_id, number, emoji, being_id),
    FOREIGN KEY (space_id, number) REFERENCES intentions (space_id, number)
) WITHOUT ROWID;
CREATE UNIQUE INDEX reactions_by_seq ON reactions (space_id, seq);
-- A page does not step over what was taken back, however much that is.
CREATE INDEX reactions_of_message ON reactions (space_id, number, is_removed, seq);
