-- What is watched, and how it went: times are seconds since 1970. failures counts those in a row, reason is of the last;
-- whole_at is when all of it last came, whatever its validators said; silent_after is how many seconds without anything new
-- are unusual for it.
CREATE TABLE feeds (
    name TEXT PRIMARY KEY,
    address TEXT NOT NULL,
    tried_at REAL,
    answered_at REAL,
    brought_at REAL,
    next_at REAL NOT NULL,
    failures INTEGER NOT NULL,
    reason TEXT,
    notice TEXT,
    etag TEXT,
    modified TEXT,
    whole_at REAL,
    silent_after REAL NOT NULL
) WITHOUT ROWID;
-- What feeds and sitemaps listed, for ever. feed is the address of one, behind the prefix of its ids; key stands for the
-- entry's own address. body is the entry as JSON while its article is still to be taken in, or looked at again, from due_at.
CREATE TABLE entries (
    feed TEXT NOT NULL,
    key TEXT NOT NULL,
    guid TEXT,
    title TEXT,
    digest TEXT NOT NULL,
    state TEXT NOT NULL,
    body TEXT,
    attempts INTEGER NOT NULL,
    looks INTEGER NOT NULL,
    due_at REAL,
    seen_at REAL NOT NULL,
    fetched_at REAL,
    published TEXT,
    article TEXT,
    etag TEXT,
    modified TEXT,
    reason TEXT,
    PRIMARY KEY (feed, key)
) WITHOUT ROWID;
CREATE INDEX entries_by_guid ON entries (feed, guid);
CREATE INDEX entries_by_due ON entries (feed, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX entries_by_article ON entries (feed, article);
-- By which addresses an article is known: what leads to any of them is that article.
CREATE TABLE addresses (
    prefix TEXT NOT NULL,
    key TEXT NOT NULL,
    article TEXT NOT NULL,
    PRIMARY KEY (prefix, key)
) WITHOUT ROWID;
