-- A note cannot have been changed before it was made.
SELECT id, created_at, updated_at FROM notes WHERE updated_at < created_at LIMIT 5;
