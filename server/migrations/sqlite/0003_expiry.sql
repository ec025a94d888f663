-- Those that last longest are remembered at a start, and those that have expired are forgotten.
CREATE INDEX sessions_by_expiry ON sessions (expires_at);
