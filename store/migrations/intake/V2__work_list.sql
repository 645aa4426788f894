-- Quarantine as a work list: a row is open until it was put through the pipeline again or somebody
-- said that it is of no use. Settled rows stay, with what became of them, until newer ones need
-- their place.

alter table quarantine add column speaker text;  -- the device that brought it, where that counts
alter table quarantine add column state text not null default 'open'
    check (state in ('open', 'replayed', 'discarded'));
alter table quarantine add column settled_at integer; -- when it left the work list
alter table quarantine add column remark text;   -- why it was discarded
create index quarantine_open on quarantine (id) where state = 'open';

-- Of the kept rows: those that are not open any more.
alter table quarantine_group add column settled integer not null default 0;
