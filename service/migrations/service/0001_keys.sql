-- Tokens are never kept: digest is the SHA-256 of one, which is random enough to need no salt. scopes is a JSON list; rate
-- is how many requests a minute; times are ISO 8601 in UTC.
CREATE TABLE keys (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    digest BLOB NOT NULL,
    scopes TEXT NOT NULL,
    rate INTEGER,
    created_at TEXT NOT NULL,
    expires_at TEXT,
    revoked_at TEXT
) WITHOUT ROWID;
