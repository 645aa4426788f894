-- The registry of a city, SQLite. Times are milliseconds UTC since 1970, days are YYYY-MM-DD,
-- booleans 0 and 1, money is thousands of hryvnias. Small rows with a composite key are kept in
-- the tree of that key (without rowid), which spares a second copy of the key.

create table community (
    id text not null primary key                 -- third word of topics: odesa, rozdilna
) strict;

-- Profiles: the contract with a kind of device, as the readable file it came from.
create table profile (
    id text not null primary key,                -- air-post
    kind text not null                           -- air | vehicle | light | water
) strict;

create table profile_edition (
    profile text not null references profile (id),
    edition integer not null check (edition > 0), -- 1, 2, … the highest is in force
    origin text not null check (origin in ('shipped', 'own')), -- comes with obrii | made here
    text text not null,                          -- the TOML file
    installed_at integer not null,
    primary key (profile, edition)
) strict;

-- Programmes. What a document says is kept by edition; who a measure is, for ever.
create table programme (
    id text not null primary key                 -- odesa-city-2024
) strict;

create table programme_edition (
    programme text not null references programme (id),
    edition integer not null check (edition > 0), -- the highest is in force
    imported_at integer not null,
    community text not null references community (id),
    title_uk text not null,                      -- as written in the document
    authority_uk text not null,                  -- who adopted it
    year_from integer not null,
    year_to integer not null check (year_to >= year_from),
    status text not null,                        -- adopted … | draft
    source_document text not null,
    primary key (programme, edition)
) strict;

create table measure (
    programme text not null references programme (id),
    id text not null,                            -- number inside the programme: 4.2.1
    primary key (programme, id)
) strict, without rowid;

create table measure_edition (
    programme text not null,
    edition integer not null,
    measure text not null,
    position integer not null,                   -- natural order of the numbers, from 0
    parent text,                                 -- the row above, in the same edition
    level text not null check (level in ('direction', 'measure', 'submeasure')),
    title_uk text not null,
    executor_uk text not null,
    funding_source_uk text not null,
    year_from integer,                           -- null: the document states no term
    year_to integer check (year_to >= year_from),
    stated_total_kuah real,                      -- null: no amount in the document
    telemetry_kind text,
    indicator_unit_uk text,
    indicator_total real,
    source_line integer,                         -- line in the source document
    primary key (programme, edition, measure),
    foreign key (programme, edition) references programme_edition (programme, edition),
    foreign key (programme, measure) references measure (programme, id),
    foreign key (programme, edition, parent)
        references measure_edition (programme, edition, measure) deferrable initially deferred
) strict;

create table funding_year (
    programme text not null,
    edition integer not null,
    measure text not null,
    year integer not null,
    stated_kuah real not null,                   -- as stated, never repaired
    primary key (programme, edition, measure, year),
    foreign key (programme, edition, measure)
        references measure_edition (programme, edition, measure)
) strict, without rowid;

create table stated_total (
    programme text not null,
    edition integer not null,
    position integer not null,                   -- order of the document, from 0
    source_uk text,                              -- null: all sources together
    total_kuah real,
    source_line integer,
    primary key (programme, edition, position),
    foreign key (programme, edition) references programme_edition (programme, edition)
) strict, without rowid;

create table stated_total_year (
    programme text not null,
    edition integer not null,
    position integer not null,
    year_no integer not null check (year_no >= 0), -- 0: first year of the programme
    stated_kuah real,                            -- null: the document leaves the cell empty
    primary key (programme, edition, position, year_no),
    foreign key (programme, edition, position)
        references stated_total (programme, edition, position)
) strict, without rowid;

create table zone (
    community text not null references community (id),
    id text not null,
    kind text not null check (kind in ('district', 'dma', 'feeder', 'depot', 'other')),
    name text not null,                          -- for people; the id until somebody names it
    primary key (community, id)
) strict, without rowid;

-- An object is what people name; its number is the key of the series store and is never given to
-- another object (autoincrement remembers the highest number ever used).
create table object (
    no integer primary key autoincrement,
    id text not null unique,
    community text not null references community (id),
    kind text not null check (kind in ('air', 'vehicle', 'light', 'water')),
    name text not null,
    lat real check (lat between -90 and 90),     -- WGS 84 degrees; null: its devices tell it
    lon real check (lon between -180 and 180),
    address text,
    zone text,
    supply_queue text,                           -- queue of planned outages (черга)
    access text not null check (access in ('public', 'internal', 'restricted')),
    simulated integer not null check (simulated in (0, 1)),
    check ((lat is null) = (lon is null)),
    foreign key (community, zone) references zone (community, id)
) strict;

create table device (
    id text not null primary key,                -- also its MQTT user name
    community text not null references community (id),
    kind text not null check (kind in ('air', 'vehicle', 'light', 'water')),
    profile text not null references profile (id),
    name text not null,
    gateway text references device (id) deferrable initially deferred, -- who may speak for it
    owner text not null,
    responsible text,
    holder text,                                 -- балансоутримувач
    contract text,
    act text,
    price_kuah real check (price_kuah >= 0),
    inventory_no text,
    serial text,
    warranty_until text,
    verified_until text,
    commissioned_on text,                        -- null: registered only
    registered_at integer not null,
    decommissioned_at integer,                   -- set: refused at the broker, history kept
    simulated integer not null check (simulated in (0, 1)),
    token_sha256 blob check (length(token_sha256) = 32), -- null: nobody gets in
    token_made_at integer
) strict;

create table device_funding (
    device text not null references device (id),
    position integer not null,
    kind text not null check (kind in ('measure', 'grant', 'own', 'partner')),
    programme text,                              -- of kind measure
    measure text,
    name text,                                   -- of the other kinds
    share real not null check (share > 0 and share <= 1),
    primary key (device, position),
    foreign key (programme, measure) references measure (programme, id),
    check ((kind = 'measure') = (programme is not null and measure is not null)),
    check ((kind = 'measure') = (name is null))
) strict, without rowid;
create index device_funding_by_measure on device_funding (programme, measure);

-- Which device sat on which object, from when (inclusive) to when (exclusive).
create table installation (
    object_no integer not null references object (no),
    device text not null references device (id),
    installed_at integer not null,
    removed_at integer check (removed_at > installed_at), -- null: still there
    primary key (device, installed_at)
) strict, without rowid;
create unique index installation_one_place on installation (device) where removed_at is null;
create index installation_by_object on installation (object_no);

-- Where the values of a property stand in an object's rows; a slot is never given again.
create table datastream (
    object_no integer not null references object (no),
    slot integer not null check (slot between 0 and 255),
    property text not null,                      -- native field name: pm25
    primary key (object_no, slot),
    unique (object_no, property)
) strict, without rowid;

-- Read-only MQTT credentials of programs and people.
create table credential (
    name text not null primary key,              -- MQTT user name, never a device's
    filter text not null,                        -- the one filter it may subscribe to
    token_sha256 blob not null check (length(token_sha256) = 32),
    created_at integer not null,
    revoked_at integer
) strict;
