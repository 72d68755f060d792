-- The SQLite file of the same name means the same.

-- Of a waiting case: when it comes back by itself. Of another: when it last did.
ALTER TABLE cases ADD COLUMN wakes_at BIGINT;
-- Who leads, where somebody was named.
ALTER TABLE cases ADD COLUMN lead_name TEXT;
ALTER TABLE cases ADD COLUMN lead_address TEXT;
-- Who said that they take it.
ALTER TABLE cases ADD COLUMN taken_by_name TEXT;
ALTER TABLE cases ADD COLUMN taken_by_address TEXT;

-- When somebody said that a draft goes out.
ALTER TABLE outbox ADD COLUMN released_at BIGINT;
