-- AI beings that answer.

-- Why an answer failed.
ALTER TABLE intentions ADD COLUMN reason TEXT;
-- Of an AI being's answer: the position at which its present text began. What belongs to an earlier
-- one, which was written anew since, finds another number here.
ALTER TABLE intentions ADD COLUMN begun BIGINT;
-- Those that grow at present: few, however much was said.
CREATE INDEX intentions_active ON intentions (state, space_id, number) WHERE state = 'active';

-- Endpoints that speak OpenAI's chat-completions.
CREATE TABLE providers (
    name       TEXT   NOT NULL PRIMARY KEY,
    base_url   TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- Apart from all else, so that no query of anything else can bring a key along.
CREATE TABLE provider_keys (
    provider TEXT NOT NULL PRIMARY KEY REFERENCES providers (name) ON DELETE CASCADE,
    secret   TEXT NOT NULL
);

-- How an AI being answers; one without a row never does.
CREATE TABLE being_settings (
    being_id           TEXT   NOT NULL PRIMARY KEY REFERENCES beings (id),
    -- By name, and by no reference: a provider may go, and its beings say so when asked.
    provider           TEXT   NOT NULL,
    model              TEXT   NOT NULL,
    instructions       TEXT   NOT NULL,
    answers_when       TEXT   NOT NULL CHECK (answers_when IN ('mentioned', 'every-message')),
    context_messages   BIGINT NOT NULL,
    context_characters BIGINT NOT NULL
);
