-- What a space has besides its being, and the position at which that last changed: 0 where it never did.
ALTER TABLE spaces ADD COLUMN topic TEXT NOT NULL DEFAULT '';
ALTER TABLE spaces ADD COLUMN is_archived BIGINT NOT NULL DEFAULT 0;
ALTER TABLE spaces ADD COLUMN is_open BIGINT NOT NULL DEFAULT 0;
ALTER TABLE spaces ADD COLUMN details_seq BIGINT NOT NULL DEFAULT 0;
-- Of a direct space: the ids of its persons, sorted. There is one space of them.
ALTER TABLE spaces ADD COLUMN persons TEXT;
-- It does not exist any more, and its content is being removed. Its being stays, without a name, so that
-- nothing else gets its id.
ALTER TABLE spaces ADD COLUMN is_deleted BIGINT NOT NULL DEFAULT 0;
CREATE UNIQUE INDEX spaces_direct ON spaces (persons) WHERE persons IS NOT NULL;
-- The directory does not step over the spaces that are not in it.
CREATE INDEX spaces_open ON spaces (is_open, id) WHERE is_open = 1 AND is_archived = 0;
CREATE INDEX spaces_deleted ON spaces (is_deleted, id) WHERE is_deleted = 1;
