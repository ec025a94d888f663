-- How long a provider may take, and how it takes its key; where it is null, the server's default holds.
ALTER TABLE providers ADD COLUMN silence_seconds BIGINT;
ALTER TABLE providers ADD COLUMN answer_seconds BIGINT;
ALTER TABLE providers ADD COLUMN key_header TEXT;

-- What an AI being's provider is asked for; where it is null, the provider's default holds. The
-- temperature and the further fields of a request are JSON.
ALTER TABLE being_settings ADD COLUMN temperature TEXT;
ALTER TABLE being_settings ADD COLUMN max_tokens BIGINT;
ALTER TABLE being_settings ADD COLUMN reasoning_effort TEXT;
ALTER TABLE being_settings ADD COLUMN request_extra TEXT;
