-- What tells this file from every other: the archive beside it remembers that it was there.
CREATE TABLE identity (only INTEGER PRIMARY KEY CHECK (only = 1), id TEXT NOT NULL);
INSERT INTO identity VALUES (1, lower(hex(randomblob(16))));

-- Every row is sealed, whoever writes it. One that the disk has changed keeps its wrong seal when it is written next.
ALTER TABLE kept ADD COLUMN seal INTEGER;
UPDATE kept SET seal = seal(id, at, question, body, key, until);
CREATE TRIGGER kept_added AFTER INSERT ON kept BEGIN
    UPDATE kept SET seal = seal(new.id, new.at, new.question, new.body, new.key, new.until) WHERE id = new.id;
END;
CREATE TRIGGER kept_changed AFTER UPDATE OF id, at, question, body, key, until ON kept WHEN old.seal IS seal(old.id,
    old.at, old.question, old.body, old.key, old.until) BEGIN
    UPDATE kept SET seal = seal(new.id, new.at, new.question, new.body, new.key, new.until) WHERE id = new.id;
END;

ALTER TABLE pending ADD COLUMN seal INTEGER;
UPDATE pending SET seal = seal(id, tool, sent, until, owner, leased);
CREATE TRIGGER pending_added AFTER INSERT ON pending BEGIN
    UPDATE pending SET seal = seal(new.id, new.tool, new.sent, new.until, new.owner, new.leased) WHERE id = new.id;
END;
CREATE TRIGGER pending_changed AFTER UPDATE OF id, tool, sent, until, owner, leased ON pending WHEN old.seal IS
    seal(old.id, old.tool, old.sent, old.until, old.owner, old.leased) BEGIN
    UPDATE pending SET seal = seal(new.id, new.tool, new.sent, new.until, new.owner, new.leased) WHERE id = new.id;
END;

ALTER TABLE feeds ADD COLUMN seal INTEGER;
UPDATE feeds SET seal = seal(name, address, first_at, tried_at, answered_at, brought_at, next_at, failures, reason,
    notice, etag, modified, whole_at, silent_after);
CREATE TRIGGER feeds_added AFTER INSERT ON feeds BEGIN
    UPDATE feeds SET seal = seal(new.name, new.address, new.first_at, new.tried_at, new.answered_at, new.brought_at,
        new.next_at, new.failures, new.reason, new.notice, new.etag, new.modified, new.whole_at, new.silent_after)
        WHERE name = new.name;
END;
CREATE TRIGGER feeds_changed AFTER UPDATE OF name, address, first_at, tried_at, answered_at, brought_at, next_at,
    failures, reason, notice, etag, modified, whole_at, silent_after ON feeds WHEN old.seal IS seal(old.name,
    old.address, old.first_at, old.tried_at, old.answered_at, old.brought_at, old.next_at, old.failures, old.reason,
    old.notice, old.etag, old.modified, old.whole_at, old.silent_after) BEGIN
    UPDATE feeds SET seal = seal(new.name, new.address, new.first_at, new.tried_at, new.answered_at, new.brought_at,
        new.next_at, new.failures, new.reason, new.notice, new.etag, new.modified, new.whole_at, new.silent_after)
        WHERE name = new.name;
END;

ALTER TABLE entries ADD COLUMN seal INTEGER;
UPDATE entries SET seal = seal(feed, key, guid, title, digest, state, body, attempts, looks, due_at, seen_at,
    fetched_at, published, article, etag, modified, reason);
CREATE TRIGGER entries_added AFTER INSERT ON entries BEGIN
    UPDATE entries SET seal = seal(new.feed, new.key, new.guid, new.title, new.digest, new.state, new.body,
        new.attempts, new.looks, new.due_at, new.seen_at, new.fetched_at, new.published, new.article, new.etag,
        new.modified, new.reason) WHERE feed = new.feed AND key = new.key;
END;
CREATE TRIGGER entries_changed AFTER UPDATE OF feed, key, guid, title, digest, state, body, attempts, looks, due_at,
    seen_at, fetched_at, published, article, etag, modified, reason ON entries WHEN old.seal IS seal(old.feed,
    old.key, old.guid, old.title, old.digest, old.state, old.body, old.attempts, old.looks, old.due_at, old.seen_at,
    old.fetched_at, old.published, old.article, old.etag, old.modified, old.reason) BEGIN
    UPDATE entries SET seal = seal(new.feed, new.key, new.guid, new.title, new.digest, new.state, new.body,
        new.attempts, new.looks, new.due_at, new.seen_at, new.fetched_at, new.published, new.article, new.etag,
        new.modified, new.reason) WHERE feed = new.feed AND key = new.key;
END;

ALTER TABLE addresses ADD COLUMN seal INTEGER;
UPDATE addresses SET seal = seal(prefix, key, article);
CREATE TRIGGER addresses_added AFTER INSERT ON addresses BEGIN
    UPDATE addresses SET seal = seal(new.prefix, new.key, new.article) WHERE prefix = new.prefix AND key = new.key;
END;
CREATE TRIGGER addresses_changed AFTER UPDATE OF prefix, key, article ON addresses WHEN old.seal IS seal(old.prefix,
    old.key, old.article) BEGIN
    UPDATE addresses SET seal = seal(new.prefix, new.key, new.article) WHERE prefix = new.prefix AND key = new.key;
END;
