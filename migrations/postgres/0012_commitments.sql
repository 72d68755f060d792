-- The SQLite file of the same name means the same.

-- What owners have promised clients, in their mails.
CREATE TABLE commitment (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account TEXT NOT NULL,
    case_number BIGINT REFERENCES cases (number) ON DELETE SET NULL,
    -- The address in lower case.
    person TEXT NOT NULL,
    -- The sentence.
    words TEXT NOT NULL,
    -- The day that it names: 2026-11-27.
    due TEXT,
    made_at BIGINT NOT NULL,
    mail BIGINT NOT NULL REFERENCES mail (id) ON DELETE CASCADE,
    -- When a digest first reminded of it.
    called_at BIGINT
);
CREATE INDEX commitment_due ON commitment (due);
