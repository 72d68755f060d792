-- The PostgreSQL file of the same name means the same.

-- How often it was changed (SEQUENCE, RFC 5545 §3.8.7.4).
ALTER TABLE meeting ADD COLUMN sequence BIGINT NOT NULL DEFAULT 0;
-- When it was called off.
ALTER TABLE meeting ADD COLUMN cancelled_at BIGINT;
