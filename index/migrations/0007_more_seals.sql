-- All else that can't be made again, or decides what is found, is sealed too, whoever writes it. A row that the disk has
-- changed keeps its wrong seal when it is written next, but for a file's line that is written as a whole.
-- Not sealed: what is only counted (paragraphs, outlined), what names files that have checksums of their own (segments,
-- job_files), what is of use for a moment (removals), and the one row of state, which is held against all others.

ALTER TABLE ledger ADD COLUMN seal INTEGER;
UPDATE ledger SET seal = seal(number, at, generation, article, event, sha256);
CREATE TRIGGER ledger_added AFTER INSERT ON ledger BEGIN
    UPDATE ledger SET seal = seal(new.number, new.at, new.generation, new.article, new.event, new.sha256) WHERE number
        = new.number;
END;
CREATE TRIGGER ledger_changed AFTER UPDATE OF number, at, generation, article, event, sha256 ON ledger WHEN old.seal
    IS seal(old.number, old.at, old.generation, old.article, old.event, old.sha256) BEGIN
    UPDATE ledger SET seal = seal(new.number, new.at, new.generation, new.article, new.event, new.sha256) WHERE number
        = new.number;
END;

ALTER TABLE files ADD COLUMN seal INTEGER;
UPDATE files SET seal = seal(number, file, folder, prefix, state, reason, at, size, sha256, recipe);
CREATE TRIGGER files_added AFTER INSERT ON files BEGIN
    UPDATE files SET seal = seal(new.number, new.file, new.folder, new.prefix, new.state, new.reason, new.at,
        new.size, new.sha256, new.recipe) WHERE number = new.number;
END;
CREATE TRIGGER files_changed AFTER UPDATE OF number, file, folder, prefix, state, reason, at, size, sha256, recipe ON
    files WHEN old.seal IS seal(old.number, old.file, old.folder, old.prefix, old.state, old.reason, old.at, old.size,
    old.sha256, old.recipe) OR new.seal IS NULL BEGIN
    UPDATE files SET seal = seal(new.number, new.file, new.folder, new.prefix, new.state, new.reason, new.at,
        new.size, new.sha256, new.recipe) WHERE number = new.number;
END;

ALTER TABLE brought ADD COLUMN seal INTEGER;
UPDATE brought SET seal = seal(file, article, fingerprint);
CREATE TRIGGER brought_added AFTER INSERT ON brought BEGIN
    UPDATE brought SET seal = seal(new.file, new.article, new.fingerprint) WHERE file = new.file AND article =
        new.article;
END;
CREATE TRIGGER brought_changed AFTER UPDATE OF file, article, fingerprint ON brought WHEN old.seal IS seal(old.file,
    old.article, old.fingerprint) BEGIN
    UPDATE brought SET seal = seal(new.file, new.article, new.fingerprint) WHERE file = new.file AND article =
        new.article;
END;

ALTER TABLE jobs ADD COLUMN seal INTEGER;
UPDATE jobs SET seal = seal(number, id, prefix, state, reason, attempts, received_at, began_at, ended_at, files_done,
    articles, added, unchanged, replaced, rejected);
CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
    UPDATE jobs SET seal = seal(new.number, new.id, new.prefix, new.state, new.reason, new.attempts, new.received_at,
        new.began_at, new.ended_at, new.files_done, new.articles, new.added, new.unchanged, new.replaced,
        new.rejected) WHERE number = new.number;
END;
CREATE TRIGGER jobs_changed AFTER UPDATE OF number, id, prefix, state, reason, attempts, received_at, began_at,
    ended_at, files_done, articles, added, unchanged, replaced, rejected ON jobs WHEN old.seal IS seal(old.number,
    old.id, old.prefix, old.state, old.reason, old.attempts, old.received_at, old.began_at, old.ended_at,
    old.files_done, old.articles, old.added, old.unchanged, old.replaced, old.rejected) BEGIN
    UPDATE jobs SET seal = seal(new.number, new.id, new.prefix, new.state, new.reason, new.attempts, new.received_at,
        new.began_at, new.ended_at, new.files_done, new.articles, new.added, new.unchanged, new.replaced,
        new.rejected) WHERE number = new.number;
END;

ALTER TABLE job_rejections ADD COLUMN seal INTEGER;
UPDATE job_rejections SET seal = seal(job, number, file, line, reason);
CREATE TRIGGER job_rejections_added AFTER INSERT ON job_rejections BEGIN
    UPDATE job_rejections SET seal = seal(new.job, new.number, new.file, new.line, new.reason) WHERE job = new.job AND
        number = new.number;
END;
CREATE TRIGGER job_rejections_changed AFTER UPDATE OF job, number, file, line, reason ON job_rejections WHEN old.seal
    IS seal(old.job, old.number, old.file, old.line, old.reason) BEGIN
    UPDATE job_rejections SET seal = seal(new.job, new.number, new.file, new.line, new.reason) WHERE job = new.job AND
        number = new.number;
END;

ALTER TABLE editions ADD COLUMN seal INTEGER;
UPDATE editions SET seal = seal(number, made_by, words, axes);
CREATE TRIGGER editions_added AFTER INSERT ON editions BEGIN
    UPDATE editions SET seal = seal(new.number, new.made_by, new.words, new.axes) WHERE number = new.number;
END;
CREATE TRIGGER editions_changed AFTER UPDATE OF number, made_by, words, axes ON editions WHEN old.seal IS
    seal(old.number, old.made_by, old.words, old.axes) BEGIN
    UPDATE editions SET seal = seal(new.number, new.made_by, new.words, new.axes) WHERE number = new.number;
END;

ALTER TABLE cuts ADD COLUMN seal INTEGER;
UPDATE cuts SET seal = seal(version, edition, abbreviations);
CREATE TRIGGER cuts_added AFTER INSERT ON cuts BEGIN
    UPDATE cuts SET seal = seal(new.version, new.edition, new.abbreviations) WHERE version = new.version AND edition =
        new.edition;
END;
CREATE TRIGGER cuts_changed AFTER UPDATE OF version, edition, abbreviations ON cuts WHEN old.seal IS seal(old.version,
    old.edition, old.abbreviations) BEGIN
    UPDATE cuts SET seal = seal(new.version, new.edition, new.abbreviations) WHERE version = new.version AND edition =
        new.edition;
END;

ALTER TABLE repeats ADD COLUMN seal INTEGER;
UPDATE repeats SET seal = seal(fingerprint, publisher, judged, furniture);
CREATE TRIGGER repeats_added AFTER INSERT ON repeats BEGIN
    UPDATE repeats SET seal = seal(new.fingerprint, new.publisher, new.judged, new.furniture) WHERE fingerprint =
        new.fingerprint;
END;
CREATE TRIGGER repeats_changed AFTER UPDATE OF fingerprint, publisher, judged, furniture ON repeats WHEN old.seal IS
    seal(old.fingerprint, old.publisher, old.judged, old.furniture) BEGIN
    UPDATE repeats SET seal = seal(new.fingerprint, new.publisher, new.judged, new.furniture) WHERE fingerprint =
        new.fingerprint;
END;

ALTER TABLE marks ADD COLUMN seal INTEGER;
UPDATE marks SET seal = seal(passage, sentences, generation);
CREATE TRIGGER marks_added AFTER INSERT ON marks BEGIN
    UPDATE marks SET seal = seal(new.passage, new.sentences, new.generation) WHERE passage = new.passage;
END;
CREATE TRIGGER marks_changed AFTER UPDATE OF passage, sentences, generation ON marks WHEN old.seal IS
    seal(old.passage, old.sentences, old.generation) BEGIN
    UPDATE marks SET seal = seal(new.passage, new.sentences, new.generation) WHERE passage = new.passage;
END;
