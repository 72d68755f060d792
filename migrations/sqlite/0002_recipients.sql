-- The PostgreSQL file of the same name means the same.

-- To and Cc: addresses in lower case, with a space between.
ALTER TABLE mail ADD COLUMN recipients TEXT NOT NULL DEFAULT '';
