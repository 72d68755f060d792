-- The SQLite file of the same name means the same.

-- How the extra work of a case stands. A case without a row has been asked for, and nothing else.
CREATE TABLE offer (
    case_number BIGINT PRIMARY KEY NOT NULL REFERENCES cases (number) ON DELETE CASCADE,
    work TEXT NOT NULL,
    -- Minutes of work.
    minutes BIGINT,
    -- Minor units of the currency (ISO 4217); both or neither.
    price BIGINT,
    currency TEXT,
    -- The last day on which the client may say yes: 2026-03-24.
    valid_until TEXT,
    -- asked, priced, offered, accepted, declined, given_away, done; and when it came to each.
    stage TEXT NOT NULL,
    asked_at BIGINT,
    priced_at BIGINT,
    offered_at BIGINT,
    accepted_at BIGINT,
    declined_at BIGINT,
    given_away_at BIGINT,
    done_at BIGINT,
    -- When the owners were last asked whether something was meant as a gift.
    questioned_at BIGINT
);
