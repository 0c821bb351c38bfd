-- An index that CREATE INDEX CONCURRENTLY left behind unfinished is never used by a query, yet every write pays for it.
SELECT index.relname AS invalid_index
FROM pg_index JOIN pg_class index ON index.oid = pg_index.indexrelid
WHERE pg_index.indrelid = 'notes'::regclass AND NOT pg_index.indisvalid;
