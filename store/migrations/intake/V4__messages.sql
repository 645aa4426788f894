-- A row stands for a whole message and one reason, and says which elements of it and how many
-- readings that concerns; its bytes are kept once. Before, each element had a row of its own.

alter table quarantine add column elements text;  -- ranges of places in its array; null: all of it
alter table quarantine add column readings integer not null default 1
    check (readings > 0);                         -- as how many it was counted
alter table quarantine add column sound integer not null default 0
    check (sound >= 0);                           -- values of the same elements that were counted, too

-- Elements of native arrays were cut out of them: such a row is whole by itself.
update quarantine set elements = cast(element as text)
    where element is not null and topic not like '%/telemetry';
alter table quarantine drop column element;
