-- The PostgreSQL file of the same name means the same.

-- When the matter last came up again after it was finished.
ALTER TABLE cases ADD COLUMN again_at BIGINT;
-- The last reminder: answer or resolution; lead, partner or manager; when.
ALTER TABLE cases ADD COLUMN reminded_of TEXT;
ALTER TABLE cases ADD COLUMN reminded_step TEXT;
ALTER TABLE cases ADD COLUMN reminded_at BIGINT;
-- Whether the manager hears of it only once it gets worse.
ALTER TABLE cases ADD COLUMN quiet BOOLEAN NOT NULL DEFAULT FALSE;
-- When an alert was last kept for the manager's digest.
ALTER TABLE cases ADD COLUMN held_at BIGINT;
-- When sales was called in, since operations had carried it alone.
ALTER TABLE cases ADD COLUMN called_in_at BIGINT;
-- When it was taken by whoever said so.
ALTER TABLE cases ADD COLUMN taken_at BIGINT;
