-- The words of the messages that are there, and of each its author (`@ada`). The texts themselves stand in
-- `intentions`. A row's id is the space's number << 32 | the message's number, so that the messages of a space
-- are a range. Words are cut by the server (`server/src/search/words.rs`), and a space separates them.
CREATE VIRTUAL TABLE search USING fts5 (
    words, content = '', contentless_delete = 1, prefix = '2 3', tokenize = "ascii tokenchars '@-_'"
);
-- How far each space is indexed: the messages up to this number are, but for those in `search_changed` and for
-- answers that grow.
CREATE TABLE search_spaces (
    number        INTEGER NOT NULL PRIMARY KEY,
    space_id      TEXT    NOT NULL UNIQUE REFERENCES spaces (id),
    indexed_up_to BIGINT  NOT NULL DEFAULT 0
);
INSERT INTO search_spaces (space_id) SELECT id FROM spaces;

-- Messages up to there that have changed, until they are indexed again: a moment later.
CREATE TABLE search_changed (
    space_id TEXT   NOT NULL,
    number   BIGINT NOT NULL,
    PRIMARY KEY (space_id, number)
) WITHOUT ROWID;

-- The way in which the words of the index were cut.
CREATE TABLE search_version (version BIGINT NOT NULL);
INSERT INTO search_version (version) VALUES (1);
