-- As the tables of SQLite are, with their names and their columns. Moments are milliseconds since 1970 in
-- UTC. Positions and numbers are a space's own counter. Texts are compared by their bytes, flags are 0 or 1.

CREATE TABLE beings (
    id         TEXT   COLLATE "C" PRIMARY KEY,
    kind       TEXT   NOT NULL CHECK (kind IN ('person', 'ai', 'space')),
    name       TEXT   NOT NULL,
    hue        BIGINT NOT NULL,
    -- Who made it, for an AI being and for a space.
    made_by    TEXT   COLLATE "C" REFERENCES beings (id),
    created_at BIGINT NOT NULL
);

CREATE TABLE accounts (
    being_id      TEXT   COLLATE "C" PRIMARY KEY REFERENCES beings (id),
    password_hash TEXT   NOT NULL,
    administers   BIGINT NOT NULL
);

CREATE TABLE sessions (
    -- SHA-256 of the token, in hex: who reads the database cannot sign in with it.
    token_hash TEXT   COLLATE "C" PRIMARY KEY,
    being_id   TEXT   COLLATE "C" NOT NULL REFERENCES accounts (being_id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

-- The log of each space: which history it is, and how far it has come. The row is written with every change of
-- the space; its counters are in no index, so that it stays on its page.
CREATE TABLE spaces (
    id          TEXT   COLLATE "C" PRIMARY KEY REFERENCES beings (id),
    epoch       TEXT   NOT NULL,
    head        BIGINT NOT NULL,
    -- Counts the changes of a space's members and of when they answer, also those that take no position.
    revision    BIGINT NOT NULL DEFAULT 0,
    topic       TEXT   NOT NULL DEFAULT '',
    is_archived BIGINT NOT NULL DEFAULT 0,
    is_open     BIGINT NOT NULL DEFAULT 0,
    details_seq BIGINT NOT NULL DEFAULT 0,
    -- Of a direct space: the ids of its persons, sorted. There is one space of them.
    persons     TEXT   COLLATE "C",
    -- It does not exist any more, and its content is being removed.
    is_deleted  BIGINT NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX spaces_direct ON spaces (persons) WHERE persons IS NOT NULL;
CREATE INDEX spaces_open ON spaces (id) WHERE is_open = 1 AND is_archived = 0;
CREATE INDEX spaces_deleted ON spaces (id) WHERE is_deleted = 1;

-- Who belongs, and who once did. A space has a row in itself.
CREATE TABLE members (
    space_id   TEXT   COLLATE "C" NOT NULL REFERENCES spaces (id),
    being_id   TEXT   COLLATE "C" NOT NULL REFERENCES beings (id),
    seq        BIGINT NOT NULL,
    has_left   BIGINT NOT NULL DEFAULT 0,
    read_up_to BIGINT NOT NULL DEFAULT 0,
    level      TEXT   NOT NULL DEFAULT 'mentions' CHECK (level IN ('everything', 'mentions', 'nothing')),
    PRIMARY KEY (space_id, being_id)
);
CREATE UNIQUE INDEX members_by_seq ON members (space_id, seq);
CREATE INDEX members_by_being ON members (being_id, has_left);

CREATE TABLE intentions (
    space_id         TEXT   COLLATE "C" NOT NULL REFERENCES spaces (id),
    -- The position that created it: msg_{number}.
    number           BIGINT NOT NULL,
    id               TEXT   COLLATE "C" NOT NULL,
    owner_id         TEXT   COLLATE "C" NOT NULL REFERENCES beings (id),
    state            TEXT   NOT NULL,
    content          TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    modified_at      BIGINT,
    reply_to         BIGINT,
    -- The position of its last change.
    seq              BIGINT NOT NULL,
    -- A tombstone keeps its row, without the content.
    is_deleted       BIGINT NOT NULL DEFAULT 0,
    -- SHA-256 of what was first sent, in hex, once the content is another.
    sent_hash        TEXT,
    -- Why an answer failed, and what the provider said about it.
    reason           TEXT,
    failure_detail   TEXT,
    -- Of an AI being's answer: the position at which its present text began.
    begun            BIGINT,
    reasoning        TEXT   NOT NULL DEFAULT '',
    reasoning_began  BIGINT,
    reasoning_millis BIGINT,
    versions         BIGINT NOT NULL DEFAULT 1,
    ended_at         BIGINT,
    PRIMARY KEY (space_id, number)
);
CREATE UNIQUE INDEX intentions_by_id ON intentions (space_id, id);
CREATE UNIQUE INDEX intentions_by_seq ON intentions (space_id, seq);
CREATE INDEX intentions_present ON intentions (space_id, number, owner_id) WHERE is_deleted = 0;
CREATE INDEX intentions_active ON intentions (space_id, number) WHERE state = 'active';

-- What answers were before they were written again.
CREATE TABLE earlier_versions (
    space_id TEXT   COLLATE "C" NOT NULL,
    number   BIGINT NOT NULL,
    begun    BIGINT NOT NULL,
    content  TEXT   NOT NULL,
    state    TEXT   NOT NULL,
    reason   TEXT,
    ended_at BIGINT NOT NULL,
    PRIMARY KEY (space_id, number, begun),
    FOREIGN KEY (space_id, number) REFERENCES intentions (space_id, number)
);

CREATE TABLE invites (
    token_hash TEXT   COLLATE "C" PRIMARY KEY,
    space_id   TEXT   COLLATE "C" NOT NULL REFERENCES spaces (id),
    made_by    TEXT   COLLATE "C" NOT NULL REFERENCES beings (id),
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX invites_by_space ON invites (space_id);

-- Endpoints that speak OpenAI's chat-completions.
CREATE TABLE providers (
    name            TEXT   COLLATE "C" PRIMARY KEY,
    base_url        TEXT   NOT NULL,
    created_at      BIGINT NOT NULL,
    silence_seconds BIGINT,
    answer_seconds  BIGINT,
    key_header      TEXT
);

-- Apart from all else, so that no query of anything else can bring a key along.
CREATE TABLE provider_keys (
    provider TEXT COLLATE "C" PRIMARY KEY REFERENCES providers (name) ON DELETE CASCADE,
    secret   TEXT NOT NULL
);

-- How an AI being answers; one without a row never does.
CREATE TABLE being_settings (
    being_id           TEXT   COLLATE "C" PRIMARY KEY REFERENCES beings (id),
    -- By name, and by no reference: a provider may go, and its beings say so when asked.
    provider           TEXT   NOT NULL,
    model              TEXT   NOT NULL,
    instructions       TEXT   NOT NULL,
    answers_when       TEXT   NOT NULL CHECK (answers_when IN ('mentioned', 'every-message')),
    context_messages   BIGINT NOT NULL,
    context_characters BIGINT NOT NULL,
    temperature        TEXT,
    max_tokens         BIGINT,
    reasoning_effort   TEXT,
    request_extra      TEXT
);

-- The log of each person, and what has changed in it.
CREATE TABLE inboxes (
    being_id TEXT   COLLATE "C" PRIMARY KEY REFERENCES accounts (being_id),
    epoch    TEXT   NOT NULL,
    head     BIGINT NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE inbox_changes (
    being_id TEXT   COLLATE "C" NOT NULL,
    space_id TEXT   COLLATE "C" NOT NULL,
    what     TEXT   COLLATE "C" NOT NULL CHECK (what IN ('space', 'read', 'level')),
    seq      BIGINT NOT NULL,
    PRIMARY KEY (being_id, space_id, what)
);
CREATE UNIQUE INDEX inbox_changes_by_seq ON inbox_changes (being_id, seq);

-- Whom a message mentions: a person, or all persons of the space, who are one row ('*').
CREATE TABLE mentions (
    space_id TEXT   COLLATE "C" NOT NULL,
    number   BIGINT NOT NULL,
    being_id TEXT   COLLATE "C" NOT NULL,
    owner_id TEXT   COLLATE "C" NOT NULL,
    PRIMARY KEY (space_id, number, being_id)
);
CREATE INDEX mentions_of ON mentions (space_id, being_id, number, owner_id);

CREATE TABLE reactions (
    space_id   TEXT   COLLATE "C" NOT NULL,
    number     BIGINT NOT NULL,
    emoji      TEXT   COLLATE "C" NOT NULL,
    being_id   TEXT   COLLATE "C" NOT NULL REFERENCES beings (id),
    seq        BIGINT NOT NULL,
    is_removed BIGINT NOT NULL,
    PRIMARY KEY (space_id, number, emoji, being_id),
    FOREIGN KEY (space_id, number) REFERENCES intentions (space_id, number)
);
CREATE UNIQUE INDEX reactions_by_seq ON reactions (space_id, seq);
CREATE INDEX reactions_of_message ON reactions (space_id, number, is_removed, seq);

-- The words of the messages that are there, and of each its author (`@ada`). They are cut by the server.
CREATE TABLE search (
    space_id TEXT     COLLATE "C" NOT NULL,
    number   BIGINT   NOT NULL,
    words    TSVECTOR NOT NULL,
    PRIMARY KEY (space_id, number)
);
CREATE INDEX search_by_word ON search USING gin (words);
-- How far each space is indexed.
CREATE TABLE search_spaces (
    number        INTEGER GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    space_id      TEXT    COLLATE "C" NOT NULL UNIQUE REFERENCES spaces (id),
    indexed_up_to BIGINT  NOT NULL DEFAULT 0
);
CREATE TABLE search_changed (
    space_id TEXT   COLLATE "C" NOT NULL,
    number   BIGINT NOT NULL,
    PRIMARY KEY (space_id, number)
);
CREATE TABLE search_version (version BIGINT NOT NULL);
INSERT INTO search_version (version) VALUES (1);
