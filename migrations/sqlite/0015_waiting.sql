-- The PostgreSQL file of the same name means the same.

-- Mails are stored as they come, with the disposition 'waiting', and read afterwards. Whether a mail came before its
-- folder was first read is known when it comes.
ALTER TABLE mail ADD COLUMN backlog BOOLEAN NOT NULL DEFAULT FALSE;

-- How the bytes are kept: 0 as they came, 1 compressed (zstd), 2 in chunks, and then none here.
ALTER TABLE mail_raw ADD COLUMN packing BIGINT NOT NULL DEFAULT 0;

-- Parts of large mails, compressed (zstd): what many mails bear, as an attachment, is kept once.
CREATE TABLE chunk (
    -- SHA-256 of the part as it came.
    hash BLOB PRIMARY KEY NOT NULL,
    bytes BLOB NOT NULL
);
CREATE TABLE mail_chunk (
    mail BIGINT NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    chunk BLOB NOT NULL REFERENCES chunk (hash),
    PRIMARY KEY (mail, position)
);
CREATE INDEX mail_chunk_of ON mail_chunk (chunk);
-- A chunk goes with the last mail that bears it.
CREATE TRIGGER mail_chunk_gone AFTER DELETE ON mail_chunk BEGIN
    DELETE FROM chunk WHERE hash = OLD.chunk AND NOT EXISTS (SELECT 1 FROM mail_chunk WHERE chunk = OLD.chunk);
END;
