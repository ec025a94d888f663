-- What a model thought before it answered, when its first thought came, and how long it thought until the
-- first text of the answer, or until its end.
ALTER TABLE intentions ADD COLUMN reasoning TEXT NOT NULL DEFAULT '';
ALTER TABLE intentions ADD COLUMN reasoning_began BIGINT;
ALTER TABLE intentions ADD COLUMN reasoning_millis BIGINT;
