--liquibase formatted sql

--changeset notes:add-pinned
--comment Expand: v1.0.0 neither reads nor writes the column, its inserts get the default
ALTER TABLE notes ADD COLUMN pinned boolean NOT NULL DEFAULT false;
--rollback ALTER TABLE notes DROP COLUMN pinned;

--changeset notes:index-pinned runInTransaction:false
--comment Built without blocking the writes of the version that is live
CREATE INDEX CONCURRENTLY notes_pinned ON notes (updated_at DESC, id DESC) WHERE pinned;
--rollback DROP INDEX CONCURRENTLY notes_pinned;
