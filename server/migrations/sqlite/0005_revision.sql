-- Counts the changes of a space's members and of when they answer, also those that take no position.
-- What is remembered of a space is believed only at this number.
ALTER TABLE spaces ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;
