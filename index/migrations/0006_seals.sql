-- By its seal a row is known that the disk has changed: seal() is a checksum of all its columns that no write changes.
ALTER TABLE passages ADD COLUMN seal INTEGER;
UPDATE passages SET seal = seal(number, id, version, edition, start, "end", sentences, times, side_story);

-- Of versions the seal stands beside them, so that their texts need not be written anew; it leaves out the text, whose
-- own hash is part of it.
CREATE TABLE seals (version INTEGER PRIMARY KEY REFERENCES versions ON DELETE CASCADE, seal INTEGER NOT NULL);
INSERT INTO seals SELECT number, seal(number, article, fingerprint, sha256, title, url, source, author, published_at,
    updated_at, date_basis, language, tags, metadata, published_first, published_last, added_at, added_in) FROM versions;
