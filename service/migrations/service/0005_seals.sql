-- By its seal a key is known that the disk has changed; it opens nothing then. Revoking and expiring are part of it.
ALTER TABLE keys ADD COLUMN seal INTEGER;
UPDATE keys SET seal = seal(id, name, digest, scopes, rate, created_at, expires_at, revoked_at);
