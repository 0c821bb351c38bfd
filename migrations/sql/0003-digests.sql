--liquibase formatted sql

--changeset notes:live-color
--comment Expand: which color is live, as the edge tells; one row, written by whoever learns of a newer epoch
CREATE TABLE greenroom_live (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  color text NOT NULL,
  epoch bigint NOT NULL
);
--rollback DROP TABLE greenroom_live;

--changeset notes:digests
--comment Expand: a number of notes from time to time, written by the live color alone
CREATE TABLE note_digests (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT now(),
  notes bigint NOT NULL,
  color text NOT NULL,
  version text NOT NULL
);
--rollback DROP TABLE note_digests;
