-- What each person has read, and of what they want to hear: of a member that is an AI being, or the space
-- itself, nobody asks.
ALTER TABLE members ADD COLUMN read_up_to BIGINT NOT NULL DEFAULT 0;
ALTER TABLE members ADD COLUMN level TEXT NOT NULL DEFAULT 'mentions'
    CHECK (level IN ('everything', 'mentions', 'nothing'));
-- Nobody finds everything unread that was said before this was kept.
UPDATE members SET read_up_to = (SELECT head FROM spaces WHERE spaces.id = members.space_id);

-- The log of each person: which history it is, and how far it has come.
CREATE TABLE inboxes (
    being_id TEXT   NOT NULL PRIMARY KEY REFERENCES accounts (being_id),
    epoch    TEXT   NOT NULL,
    head     BIGINT NOT NULL
);
INSERT INTO inboxes (being_id, epoch, head)
    SELECT being_id, substr(lower(hex(randomblob(2))), 1, 3), 0 FROM accounts;

-- What has changed in it, once for each space and kind of change, at the last position. The state itself
-- stands in `members`.
CREATE TABLE inbox_changes (
    being_id TEXT   NOT NULL,
    space_id TEXT   NOT NULL,
    what     TEXT   NOT NULL CHECK (what IN ('space', 'read', 'level')),
    seq      BIGINT NOT NULL,
    PRIMARY KEY (being_id, space_id, what)
) WITHOUT ROWID;
CREATE UNIQUE INDEX inbox_changes_by_seq ON inbox_changes (being_id, seq);

-- Whom a message mentions: a person, or all persons of the space, who are one row ('*') and not one each.
CREATE TABLE mentions (
    space_id TEXT   NOT NULL,
    number   BIGINT NOT NULL,
    being_id TEXT   NOT NULL,
    -- Who wrote the message: of one's own nothing is counted.
    owner_id TEXT   NOT NULL,
    PRIMARY KEY (space_id, number, being_id)
) WITHOUT ROWID;
CREATE INDEX mentions_of ON mentions (space_id, being_id, number, owner_id);

-- Unread messages are those of others.
DROP INDEX intentions_present;
CREATE INDEX intentions_present ON intentions (space_id, number, owner_id) WHERE is_deleted = 0;
