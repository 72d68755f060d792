-- The PostgreSQL file of the same name means the same.

-- Whole days on which people of the firm are away, where they are.
CREATE TABLE absence (
    -- The address in lower case.
    person TEXT NOT NULL,
    -- The first and the last day: 2026-12-21.
    from_day TEXT NOT NULL,
    until_day TEXT NOT NULL,
    -- command, file, reply, guess; back: they are here, whatever their mail program says.
    learnt_from TEXT NOT NULL,
    PRIMARY KEY (person, from_day, learnt_from)
);

-- Clients' addresses that somebody at the firm matched to an account by reply. They stay when the accounts file, which
-- does not have them, is imported again.
CREATE TABLE matched_address (
    address TEXT PRIMARY KEY NOT NULL,
    account TEXT NOT NULL,
    -- "Kim Vos <kim@firm.example>".
    who TEXT NOT NULL,
    at BIGINT NOT NULL
);

-- Meetings that were proposed, by the UID of their invitation (RFC 5545 §3.8.4.7).
CREATE TABLE meeting (
    uid TEXT PRIMARY KEY NOT NULL,
    case_number BIGINT NOT NULL REFERENCES cases (number) ON DELETE CASCADE,
    starts_at BIGINT NOT NULL,
    minutes BIGINT NOT NULL
);
-- Who is asked to come.
CREATE TABLE meeting_guest (
    uid TEXT NOT NULL REFERENCES meeting (uid) ON DELETE CASCADE,
    address TEXT NOT NULL,
    name TEXT NOT NULL,
    -- accepted, declined, tentative, counter; NULL while there is no answer.
    answer TEXT,
    answered_at BIGINT,
    PRIMARY KEY (uid, address)
);
