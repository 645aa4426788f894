-- Readings held as evidence: retention passes them over until `held_until`, or until somebody released
-- them. Rows are never deleted, so that one can tell what was held, for what, and who let it go when.

create table hold (
    no integer primary key autoincrement,
    object_no integer not null references object (no),
    held_from integer not null,                  -- phenomenon time, inclusive
    held_to integer not null,                    -- exclusive
    kind text not null check (kind in ('incident', 'violation', 'act', 'month')),
    reason text not null,                        -- of what exactly, for a person
    held_until integer not null,
    made_at integer not null,
    released_at integer,                         -- set: held no more
    remark text,                                 -- why it was released
    check (held_to > held_from),
    check (held_until > held_to),
    check ((released_at is null) = (remark is null))
) strict;
create index hold_by_object on hold (object_no);
