-- What came in and could not be used, and the balance of all that came in. A file of its own, so
-- that a flood of bad input never holds the registry. Times are milliseconds UTC since 1970.

create table quarantine (
    id integer primary key autoincrement,        -- order of arrival, never given again
    device text not null,                        -- as claimed; '' when nothing was claimed
    reason text not null,
    topic text not null,
    payload blob not null,                       -- its first 64 KiB
    payload_bytes integer not null,              -- its whole length
    detail text not null,                        -- what exactly was wrong
    element integer,                             -- index in the array
    arrived_at integer not null,
    gateway text not null                        -- the way it came: broker, name of a source
) strict;
create index quarantine_by_device on quarantine (device, id);

-- One row for each device and reason of which something is kept, and one for each reason with
-- device '' that takes over the counts of groups of which nothing is kept any more.
create table quarantine_group (
    device text not null,
    reason text not null,
    kept integer not null check (kept >= 0),     -- rows in quarantine now
    kept_bytes integer not null check (kept_bytes >= 0), -- bytes of their payloads
    dropped integer not null check (dropped >= 0), -- rows that had to go for newer ones
    first_at integer not null,
    last_at integer not null,
    primary key (device, reason)
) strict;

create table login_refusal (
    user_name text not null,                     -- as claimed
    address text not null,                       -- IP address of the client
    reason text not null,
    first_at integer not null,
    last_at integer not null,
    refusals integer not null,
    primary key (user_name, address, reason)
) strict;
create index login_refusal_by_time on login_refusal (last_at);

create table tally (
    device text not null primary key,            -- '' : not a registered device
    received integer not null,
    stored integer not null,
    corrected integer not null,
    duplicate integer not null,
    quarantined integer not null,
    unknown_field integer not null,
    late integer not null,
    qos0 integer not null
) strict;

-- Retained messages of the embedded broker.
create table retained (
    topic text not null primary key,
    payload blob not null
) strict;
