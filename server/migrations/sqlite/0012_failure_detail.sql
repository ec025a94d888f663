-- What the provider said about an answer that failed. Few may read it: no query of messages brings it
-- along.
ALTER TABLE intentions ADD COLUMN failure_detail TEXT;
