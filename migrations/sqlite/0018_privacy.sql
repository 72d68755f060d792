-- The PostgreSQL file of the same name means the same.

-- What erased mails are known by again: a key of this database, and of each mail HMAC-SHA-256 of its content hash by it.
CREATE TABLE erasure_key (
    -- 32 random bytes; one row.
    bytes BLOB NOT NULL
);
CREATE TABLE erased_mail (
    hash BLOB PRIMARY KEY NOT NULL,
    erased_at BIGINT NOT NULL
);

-- What went since it was kept for long enough: raw, texts (of mails), letters, addressees (of letters), cases.
CREATE TABLE retention (
    what TEXT PRIMARY KEY NOT NULL,
    -- Up to which id all were looked at.
    upto BIGINT NOT NULL,
    -- How many went in all, and when the last of them did.
    gone BIGINT NOT NULL,
    at BIGINT NOT NULL
);
-- Those that were passed over since their case was not finished for long enough.
CREATE TABLE retention_held (
    what TEXT NOT NULL,
    item BIGINT NOT NULL,
    PRIMARY KEY (what, item)
);
-- Whether the texts of a case are gone.
ALTER TABLE cases ADD COLUMN texts_gone BOOLEAN NOT NULL DEFAULT FALSE;
CREATE INDEX cases_texts ON cases (texts_gone, changed_at);
