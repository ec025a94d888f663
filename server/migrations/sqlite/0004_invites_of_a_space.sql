-- Who sends somebody away takes the space's invites back.
CREATE INDEX invites_by_space ON invites (space_id);
