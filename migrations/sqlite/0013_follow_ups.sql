-- The PostgreSQL file of the same name means the same.

-- Addresses that nothing goes to by itself, with blanks between them; * for all of the account.
ALTER TABLE account ADD COLUMN do_not_write TEXT NOT NULL DEFAULT '';

-- When an owner said that it is done, of a matter that the client knows of.
ALTER TABLE cases ADD COLUMN resolved_at BIGINT;
-- How often the client said after that that it was not settled.
ALTER TABLE cases ADD COLUMN reopened BIGINT NOT NULL DEFAULT 0;
-- Whether the client was thanked.
ALTER TABLE cases ADD COLUMN thanked BOOLEAN NOT NULL DEFAULT FALSE;
-- How often, and when last, the client was told that it is not forgotten.
ALTER TABLE cases ADD COLUMN still_working BIGINT NOT NULL DEFAULT 0;
ALTER TABLE cases ADD COLUMN still_working_at BIGINT;
-- Until when it is watched whether the client is as before.
ALTER TABLE cases ADD COLUMN watched_until BIGINT;
