-- The SQLite file of the same name means the same.

-- Mails are stored as they come, with the disposition 'waiting', and read afterwards. Whether a mail came before its
-- folder was first read is known when it comes.
ALTER TABLE mail ADD COLUMN backlog BOOLEAN NOT NULL DEFAULT FALSE;

-- How the bytes are kept: 0 as they came, 1 compressed (zstd), 2 in chunks, and then none here.
ALTER TABLE mail_raw ADD COLUMN packing BIGINT NOT NULL DEFAULT 0;

-- Parts of large mails, compressed (zstd): what many mails bear, as an attachment, is kept once.
CREATE TABLE chunk (
    -- SHA-256 of the part as it came.
    hash BYTEA PRIMARY KEY NOT NULL,
    bytes BYTEA NOT NULL
);
CREATE TABLE mail_chunk (
    mail BIGINT NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
    position BIGINT NOT NULL,
    chunk BYTEA NOT NULL REFERENCES chunk (hash),
    PRIMARY KEY (mail, position)
);
CREATE INDEX mail_chunk_of ON mail_chunk (chunk);
-- A chunk goes with the last mail that bears it.
CREATE OR REPLACE FUNCTION mail_chunk_gone() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM chunk WHERE hash = OLD.chunk AND NOT EXISTS (SELECT 1 FROM mail_chunk WHERE chunk = OLD.chunk);
    RETURN NULL;
END
$$;
CREATE TRIGGER mail_chunk_gone AFTER DELETE ON mail_chunk FOR EACH ROW EXECUTE FUNCTION mail_chunk_gone();
-- What is compressed already need not be tried again.
ALTER TABLE mail_raw ALTER COLUMN bytes SET STORAGE EXTERNAL;
ALTER TABLE chunk ALTER COLUMN bytes SET STORAGE EXTERNAL;
