--liquibase formatted sql

--changeset notes:create-notes
--comment The notes of v1.0.0
CREATE TABLE notes (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  title text NOT NULL,
  body text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now()
);
--rollback DROP TABLE notes;

--changeset notes:index-notes-by-update
--comment The list shows the notes changed last first
CREATE INDEX notes_updated_at ON notes (updated_at DESC, id DESC);
--rollback DROP INDEX notes_updated_at;
