-- The PostgreSQL file of the same name means the same.

-- Cases of which owners are told together, since too many of one account came within an hour.
CREATE TABLE gathered (
    case_number BIGINT PRIMARY KEY NOT NULL REFERENCES cases (number) ON DELETE CASCADE,
    account TEXT NOT NULL,
    at BIGINT NOT NULL,
    -- When the owners were told; NULL while they were not.
    told_at BIGINT
);
CREATE INDEX gathered_account ON gathered (account, told_at);
-- To find the mails of one writer that say the same, and how many cases of an account people were told of lately.
CREATE INDEX mail_said ON mail (from_address, stored_at);
CREATE INDEX cases_told ON cases (account, told_at);
