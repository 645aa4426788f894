-- Who made an edition of a profile here, and why; those that come with obrii have neither.
alter table profile_edition add column author text check (author <> '');
alter table profile_edition add column remark text check (remark <> '');
