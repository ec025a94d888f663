-- Moments are milliseconds since 1970 in UTC. Positions and numbers are a space's own counter.

CREATE TABLE beings (
    id         TEXT   NOT NULL PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('person', 'ai', 'space')),
    name       TEXT   NOT NULL,
    hue        BIGINT NOT NULL,
    -- Who made it, for an AI being and for a space.
    made_by    TEXT   REFERENCES beings (id),
    created_at BIGINT NOT NULL
);

CREATE TABLE accounts (
    being_id      TEXT   NOT NULL PRIMARY KEY REFERENCES beings (id),
    password_hash TEXT   NOT NULL,
    administers   BIGINT NOT NULL
);

CREATE TABLE sessions (
    -- SHA-256 of the token, in hex: who reads the database cannot sign in with it.
    token_hash TEXT   NOT NULL PRIMARY KEY,
    being_id   TEXT   NOT NULL REFERENCES accounts (being_id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- The log of each space: which history it is, and how far it has come.
CREATE TABLE spaces (
    id    TEXT   NOT NULL PRIMARY KEY REFERENCES beings (id),
    epoch TEXT   NOT NULL,
    head  BIGINT NOT NULL
);

-- Who belongs, and who once did. A space has a row in itself, so that its own changes are found
-- where those of its members are.
CREATE TABLE members (
    space_id TEXT   NOT NULL REFERENCES spaces (id),
    being_id TEXT   NOT NULL REFERENCES beings (id),
    seq      BIGINT NOT NULL,
    has_left BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (space_id, being_id)
);
CREATE UNIQUE INDEX members_by_seq ON members (space_id, seq);
CREATE INDEX members_by_being ON members (being_id, has_left);

CREATE TABLE intentions (
    space_id    TEXT   NOT NULL REFERENCES spaces (id),
    -- The position that created it: msg_{number}.
    number      BIGINT NOT NULL,
    id          TEXT   NOT NULL,
    owner_id    TEXT   NOT NULL REFERENCES beings (id),
    state       TEXT   NOT NULL,
    content     TEXT   NOT NULL,
    created_at  BIGINT NOT NULL,
    modified_at BIGINT,
    reply_to    BIGINT,
    -- The position of its last change.
    seq         BIGINT NOT NULL,
    -- A tombstone keeps its row, without the content.
    is_deleted  BIGINT NOT NULL DEFAULT 0,
    -- SHA-256 of what was first sent, in hex, once the content is another: a late repetition of the
    -- send is still recognised.
    sent_hash   TEXT,
    PRIMARY KEY (space_id, number)
);
CREATE UNIQUE INDEX intentions_by_id ON intentions (space_id, id);
CREATE UNIQUE INDEX intentions_by_seq ON intentions (space_id, seq);
-- History does not step over tombstones, however many there are.
CREATE INDEX intentions_present ON intentions (space_id, number) WHERE is_deleted = 0;

CREATE TABLE invites (
    token_hash TEXT   NOT NULL PRIMARY KEY,
    space_id   TEXT   NOT NULL REFERENCES spaces (id),
    made_by    TEXT   NOT NULL REFERENCES beings (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
