CREATE INDEX notes_code ON notes (code);
CREATE UNIQUE INDEX notes_code ON notes (code);
DROP INDEX notes_code;
REINDEX INDEX notes_code;
REINDEX TABLE notes;
REFRESH MATERIALIZED VIEW totals;
CREATE INDEX CONCURRENTLY notes_code ON notes (code);
DROP INDEX CONCURRENTLY notes_code;
