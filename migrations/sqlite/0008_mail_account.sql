-- The PostgreSQL file of the same name means the same.

-- How the mails of each folder are accounted for.
CREATE TABLE mailbox_tally (
    mailbox TEXT PRIMARY KEY NOT NULL,
    -- UIDVALIDITY, the first UID that is read, and below which UID a mail is held exactly against the date from which on
    -- the folder is read.
    validity BIGINT NOT NULL,
    first_uid BIGINT NOT NULL,
    exact_below BIGINT NOT NULL,
    -- When the mails were last counted, and what came of it.
    taken_at BIGINT,
    processed BIGINT NOT NULL DEFAULT 0,
    set_aside BIGINT NOT NULL DEFAULT 0,
    ignored BIGINT NOT NULL DEFAULT 0,
    -- A JSON list of keys.
    missing TEXT NOT NULL DEFAULT '[]',
    -- When the administrator was last told that mails were missing.
    told_at BIGINT
);
