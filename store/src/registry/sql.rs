//! The statements of the registry, one question each, portable between SQLite and PostgreSQL.

use crate::sqlite::statements;

statements! {
    /// A community is known from its first mention on.
    COMMUNITY_ADD = "insert into community (id) values ($1) on conflict do nothing";

    // Profiles.
    PROFILE_ADD = "insert into profile (id, kind) values ($1, $2) on conflict do nothing";
    PROFILE_EDITION_ADD = "
        insert into profile_edition (profile, edition, origin, installed_at, author, remark, text)
        values ($1, $2, $3, $4, $5, $6, $7)";
    /// The editions in force.
    PROFILES = "
        select e.profile, e.edition, e.origin, e.installed_at, e.author, e.remark, e.text
        from profile_edition e
        where e.edition = (select max(edition) from profile_edition where profile = e.profile)
        order by e.profile";
    /// All editions of a profile, the one in force first.
    PROFILE_EDITIONS = "
        select profile, edition, origin, installed_at, author, remark, text
        from profile_edition where profile = $1 order by edition desc";
    /// Devices in operation that have a profile.
    DEVICES_OF_PROFILE = "
        select count(*), count(*) filter (where decommissioned_at is null)
        from device where profile = $1";

    // Programmes.
    PROGRAMME_ADD = "insert into programme (id) values ($1) on conflict do nothing";
    PROGRAMME_EDITION_ADD = "
        insert into programme_edition (programme, edition, imported_at, community, title_uk,
            authority_uk, year_from, year_to, status, source_document)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    MEASURE_ADD = "insert into measure (programme, id) values ($1, $2) on conflict do nothing";
    MEASURE_EDITION_ADD = "
        insert into measure_edition (programme, edition, measure, position, parent, level,
            title_uk, executor_uk, funding_source_uk, year_from, year_to, stated_total_kuah,
            telemetry_kind, indicator_unit_uk, indicator_total, source_line)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)";
    FUNDING_YEAR_ADD = "
        insert into funding_year (programme, edition, measure, year, stated_kuah)
        values ($1, $2, $3, $4, $5)";
    STATED_TOTAL_ADD = "
        insert into stated_total (programme, edition, position, source_uk, total_kuah,
            source_line)
        values ($1, $2, $3, $4, $5, $6)";
    STATED_TOTAL_YEAR_ADD = "
        insert into stated_total_year (programme, edition, position, year_no, stated_kuah)
        values ($1, $2, $3, $4, $5)";
    /// The editions in force, by id.
    PROGRAMMES = "
        select e.programme, e.edition, e.community, e.title_uk, e.authority_uk, e.year_from,
            e.year_to, e.status, e.source_document
        from programme_edition e
        where e.edition =
            (select max(edition) from programme_edition where programme = e.programme)
        order by e.programme";
    MEASURES = "
        select measure, parent, level, title_uk, executor_uk, funding_source_uk, year_from,
            year_to, stated_total_kuah, telemetry_kind, indicator_unit_uk, indicator_total,
            source_line
        from measure_edition
        where programme = $1 and edition = $2
        order by position";
    FUNDING_YEARS = "
        select measure, year, stated_kuah
        from funding_year
        where programme = $1 and edition = $2
        order by year";
    STATED_TOTALS = "
        select position, source_uk, total_kuah, source_line
        from stated_total
        where programme = $1 and edition = $2
        order by position";
    STATED_TOTAL_YEARS = "
        select stated_kuah
        from stated_total_year
        where programme = $1 and edition = $2 and position = $3
        order by year_no";
    /// Measures of the editions in force, and those that devices are bound to.
    MEASURES_KNOWN = "
        select m.programme, m.measure
        from measure_edition m
        where m.edition =
            (select max(edition) from programme_edition where programme = m.programme)
        union
        select programme, measure from device_funding where kind = 'measure'";
    /// Measures that devices are bound to and that the edition in force does not have.
    MEASURES_ORPHANED = "
        select distinct f.programme, f.measure
        from device_funding f
        where f.kind = 'measure' and not exists (
            select 1 from measure_edition m
            where m.programme = f.programme and m.measure = f.measure and m.edition =
                (select max(edition) from programme_edition where programme = f.programme))
        order by 1, 2";

    // Zones.
    ZONE_ADD = "
        insert into zone (community, id, kind, name) values ($1, $2, $3, $4)
        on conflict do nothing";
    ZONE_NAME = "
        update zone set name = $1 where community = $2 and id = $3 and name <> $1";
    ZONES = "select community, id, kind, name from zone order by community, id";

    // Objects.
    OBJECT_ADD = "
        insert into object (id, community, kind, name, lat, lon, address, zone, supply_queue,
            access, simulated)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        returning no";
    /// An empty value leaves what the object has.
    OBJECT_CHANGE = "
        update object set
            name = coalesce($1, name), lat = coalesce($2, lat), lon = coalesce($3, lon),
            address = coalesce($4, address), zone = coalesce($5, zone),
            supply_queue = coalesce($6, supply_queue), access = coalesce($7, access),
            simulated = coalesce($8, simulated)
        where no = $9";
    OBJECTS = "
        select no, id, community, kind, name, lat, lon, address, zone, supply_queue, access,
            simulated
        from object order by no";
    OBJECT_NO = "select no from object where id = $1";

    // Devices.
    DEVICE_ADD = "
        insert into device (id, community, kind, profile, name, gateway, owner, responsible,
            holder, contract, act, price_kuah, inventory_no, serial, warranty_until,
            verified_until, commissioned_on, registered_at, simulated, token_sha256,
            token_made_at, external_id)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
            $19, $20, $21, $22)";
    /// An empty value leaves what the device has.
    DEVICE_CHANGE = "
        update device set
            profile = $1, name = $2, gateway = coalesce($3, gateway), owner = $4,
            responsible = coalesce($5, responsible), holder = coalesce($6, holder),
            contract = coalesce($7, contract), act = coalesce($8, act),
            price_kuah = coalesce($9, price_kuah), inventory_no = coalesce($10, inventory_no),
            serial = coalesce($11, serial), warranty_until = coalesce($12, warranty_until),
            verified_until = coalesce($13, verified_until),
            commissioned_on = coalesce($14, commissioned_on),
            simulated = coalesce($15, simulated), external_id = coalesce($16, external_id)
        where id = $17";
    EXTERNAL_IDS = "select id, external_id from device where external_id is not null";
    /// Those of devices in operation.
    EXTERNAL_IDS_TAKEN = "
        select external_id, id from device
        where external_id is not null and decommissioned_at is null";
    DEVICES = "
        select id, community, kind, profile, name, gateway, owner, responsible, holder, contract,
            act, price_kuah, inventory_no, serial, warranty_until, verified_until,
            commissioned_on, registered_at, decommissioned_at, simulated, token_sha256
        from device order by id";
    /// What an import must know of a device that is there.
    DEVICE_STATES = "
        select d.id, d.community, d.kind, d.decommissioned_at, i.object_no
        from device d
        left join installation i on i.device = d.id and i.removed_at is null";
    DEVICE_STATE = "
        select d.kind, d.profile, d.decommissioned_at, i.object_no, i.installed_at
        from device d
        left join installation i on i.device = d.id and i.removed_at is null
        where d.id = $1";
    DEVICE_TOKEN = "update device set token_sha256 = $1, token_made_at = $2 where id = $3";
    DEVICE_DECOMMISSION = "
        update device set decommissioned_at = $1 where id = $2 and decommissioned_at is null";
    FUNDING_CLEAR = "delete from device_funding where device = $1";
    FUNDING_ADD = "
        insert into device_funding (device, position, kind, programme, measure, name, share)
        values ($1, $2, $3, $4, $5, $6, $7)";
    FUNDINGS = "
        select device, kind, programme, measure, name, share
        from device_funding order by device, position";

    // Installations.
    INSTALLATION_ADD = "
        insert into installation (object_no, device, installed_at) values ($1, $2, $3)";
    INSTALLATION_CLOSE = "
        update installation set removed_at = $1
        where device = $2 and removed_at is null and installed_at < $1";
    /// An installation that would end before it began never was.
    INSTALLATION_UNDO = "
        delete from installation
        where device = $1 and removed_at is null and installed_at >= $2";
    INSTALLATION_LAST_REMOVAL = "
        select max(removed_at) from installation where device = $1";
    INSTALLATIONS = "
        select object_no, device, installed_at, removed_at
        from installation order by device, installed_at";

    // Datastreams.
    DATASTREAM_ADD = "
        insert into datastream (object_no, slot, property) values ($1, $2, $3)";
    DATASTREAMS_OF = "
        select slot, property from datastream where object_no = $1 order by slot";
    DATASTREAMS = "
        select object_no, slot, property from datastream order by object_no, slot";
    /// Objects on which devices of a profile sit.
    OBJECTS_OF_PROFILE = "
        select distinct i.object_no
        from installation i join device d on d.id = i.device
        where d.profile = $1 and i.removed_at is null";

    // Evidence.
    HOLD_ADD = "
        insert into hold (object_no, held_from, held_to, kind, reason, held_until, made_at)
        values ($1, $2, $3, $4, $5, $6, $7)
        returning no";
    /// Of one object, or of all.
    HOLDS = "
        select h.no, o.id, h.held_from, h.held_to, h.kind, h.reason, h.held_until, h.made_at,
            h.released_at, h.remark
        from hold h join object o on o.no = h.object_no
        where $1 is null or o.id = $1
        order by h.no";
    /// What is held at a moment.
    HOLDS_IN_FORCE = "
        select object_no, held_from, held_to
        from hold
        where released_at is null and held_until > $1
        order by object_no, held_from";
    HOLD_EXISTS = "select 1 from hold where no = $1";
    HOLD_RELEASE = "
        update hold set released_at = $1, remark = $2 where no = $3 and released_at is null";

    // Credentials.
    CREDENTIAL_ADD = "
        insert into credential (name, filter, token_sha256, created_at, revoked_at)
        values ($1, $2, $3, $4, null)
        on conflict (name) do update set
            filter = excluded.filter, token_sha256 = excluded.token_sha256,
            created_at = excluded.created_at, revoked_at = null";
    CREDENTIALS = "
        select name, filter, token_sha256, created_at, revoked_at from credential order by name";
    CREDENTIAL_REVOKED_AT = "select revoked_at from credential where name = $1";
    CREDENTIAL_REVOKE = "
        update credential set revoked_at = $1 where name = $2 and revoked_at is null";
    DEVICE_EXISTS = "select 1 from device where id = $1";
}
