//! The registry as the hot path sees it: datastreams, and the whole snapshot.

use std::collections::{BTreeMap, HashMap};

use domain::directory::{Directory, Parts};
use domain::funding::{Funding, Share, Source};
use domain::limits::SLOTS_PER_OBJECT_MAX;
use domain::place::Place;
use domain::profile::Profile;
use domain::property::{ValueKind, property};
use domain::registry::{Access, Datastream, Device, Installation, Object, Passport};
use domain::{
    CommunityId, DeviceId, ExternalId, MeasureRef, ObjectNo, ProfileId, PropertyId, Timestamp,
    ZoneId,
};
use rusqlite::{Connection, Row, Transaction, params};

use super::rows::{self, Interned};
use super::{Registry, RegistryError, Zone, ZoneKind, profiles, sql};
use crate::refusal::Refusal;

impl Registry {
    /// A snapshot of everything that the hot path asks about.
    pub fn directory(&self) -> Result<Directory, RegistryError> {
        // Asked before the snapshot is read: a commit in between makes the snapshot newer than
        // its number, and it is read once more, never too seldom.
        let version = self.data_version()?;
        let parts = self.database.read(|db| {
            Ok(Parts {
                version,
                profiles: profiles::profiles(db)?,
                objects: objects(db)?,
                devices: devices(db)?,
                external_ids: external_ids(db)?,
                installations: installations(db)?,
                datastreams: datastreams(db)?,
            })
        })?;
        Ok(Directory::new(parts))
    }
}

/// Gives slots to the properties of a profile that an object does not have yet. Texts are
/// attributes, not datastreams.
pub(super) fn add_datastreams(
    db: &Connection,
    object_no: i64,
    profile: &Profile,
) -> Result<(), RegistryError> {
    let mut statement = db.prepare_cached(sql::DATASTREAMS_OF)?;
    let known: Vec<(usize, String)> = statement
        .query_map([object_no], |row| Ok((row.get::<_, i64>(0)? as usize, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let mut slot = known.last().map_or(0, |(last, _)| last + 1);
    let mut add = db.prepare_cached(sql::DATASTREAM_ADD)?;
    for field in &profile.fields {
        let id = field.property.as_str();
        let is_text = property(id).is_some_and(|p| p.kind == ValueKind::Text);
        if is_text || known.iter().any(|(_, property)| property == id) {
            continue;
        }
        if slot >= SLOTS_PER_OBJECT_MAX {
            let detail = format!(
                "object number {object_no} has {slot} properties, expected at most \
                 {SLOTS_PER_OBJECT_MAX}"
            );
            let refusal = Refusal::new("too-many-properties", detail);
            return Err(RegistryError::Conflict(refusal.about("max", SLOTS_PER_OBJECT_MAX)));
        }
        add.execute(params![object_no, slot as i64, id])?;
        slot += 1;
    }
    Ok(())
}

fn object_no(row: &Row, column: usize) -> Result<ObjectNo, RegistryError> {
    let no: i64 = row.get(column)?;
    u32::try_from(no)
        .map(ObjectNo)
        .map_err(|_| RegistryError::Damaged(format!("object number {no} is beyond 32 bits")))
}

/// All objects, by number.
pub(super) fn objects(db: &Connection) -> Result<Vec<Object>, RegistryError> {
    let mut communities = Interned::<CommunityId>::new();
    let mut zones = Interned::<ZoneId>::new();
    let mut statement = db.prepare_cached(sql::OBJECTS)?;
    let mut found = statement.query([])?;
    let mut objects = Vec::new();
    while let Some(row) = found.next()? {
        let lat: Option<f64> = row.get(5)?;
        let lon: Option<f64> = row.get(6)?;
        objects.push(Object {
            no: object_no(row, 0)?,
            id: rows::parsed(row, 1)?,
            community: communities.read(row, 2)?,
            kind: rows::parsed(row, 3)?,
            name: row.get(4)?,
            place: lat.zip(lon).and_then(|(lat, lon)| Place::new(lat, lon)),
            address: row.get(7)?,
            zone: zones.read_or_none(row, 8)?,
            supply_queue: row.get(9)?,
            access: rows::word(row, 10, Access::parse)?,
            simulated: row.get(11)?,
        });
    }
    Ok(objects)
}

/// All zones, by community and id.
pub(super) fn zones(db: &Transaction) -> Result<Vec<Zone>, RegistryError> {
    let mut statement = db.prepare_cached(sql::ZONES)?;
    let mut found = statement.query([])?;
    let mut zones = Vec::new();
    while let Some(row) = found.next()? {
        zones.push(Zone {
            community: rows::parsed(row, 0)?,
            id: rows::parsed(row, 1)?,
            kind: rows::word(row, 2, ZoneKind::parse)?,
            name: row.get(3)?,
        });
    }
    Ok(zones)
}

/// A device, the SHA-256 of its token, and the gateway that may speak for it.
pub(super) type DeviceParts = (Device, Option<[u8; 32]>, Option<DeviceId>);

/// All devices, by id.
pub(super) fn devices(db: &Connection) -> Result<Vec<DeviceParts>, RegistryError> {
    let mut fundings = fundings(db)?;
    let mut communities = Interned::<CommunityId>::new();
    let mut profiles = Interned::<ProfileId>::new();
    let mut statement = db.prepare_cached(sql::DEVICES)?;
    let mut found = statement.query([])?;
    let mut devices = Vec::new();
    while let Some(row) = found.next()? {
        let id: DeviceId = rows::parsed(row, 0)?;
        let funding = fundings.remove(id.as_str()).ok_or_else(|| {
            RegistryError::Damaged(format!("device `{id}` has no funding source"))
        })?;
        let device = Device {
            community: communities.read(row, 1)?,
            kind: rows::parsed(row, 2)?,
            profile: profiles.read(row, 3)?,
            name: row.get(4)?,
            funding,
            passport: passport(row)?,
            commissioned_on: row.get(16)?,
            registered_at: Timestamp(row.get(17)?),
            decommissioned_at: rows::time_or_none(row, 18)?,
            simulated: row.get(19)?,
            id,
        };
        devices.push((device, row.get(20)?, rows::parsed_or_none(row, 5)?));
    }
    Ok(devices)
}

/// The names under which foreign formats know devices.
pub(super) fn external_ids(
    db: &Connection,
) -> Result<HashMap<DeviceId, ExternalId>, RegistryError> {
    let mut statement = db.prepare_cached(sql::EXTERNAL_IDS)?;
    let mut found = statement.query([])?;
    let mut named = HashMap::new();
    while let Some(row) = found.next()? {
        named.insert(rows::parsed(row, 0)?, rows::parsed(row, 1)?);
    }
    Ok(named)
}

fn passport(row: &Row) -> Result<Passport, RegistryError> {
    Ok(Passport {
        owner: row.get(6)?,
        responsible: row.get(7)?,
        holder: row.get(8)?,
        contract: row.get(9)?,
        act: row.get(10)?,
        price_kuah: row.get(11)?,
        inventory_no: row.get(12)?,
        serial: row.get(13)?,
        warranty_until: row.get(14)?,
        verified_until: row.get(15)?,
    })
}

fn fundings(db: &Connection) -> Result<BTreeMap<String, Funding>, RegistryError> {
    let mut statement = db.prepare_cached(sql::FUNDINGS)?;
    let mut found = statement.query([])?;
    let mut shares: BTreeMap<String, Vec<Share>> = BTreeMap::new();
    while let Some(row) = found.next()? {
        let kind: String = row.get(1)?;
        let source = match kind.as_str() {
            "measure" => Source::Measure(MeasureRef {
                programme: rows::parsed(row, 2)?,
                measure: rows::parsed(row, 3)?,
            }),
            "grant" => Source::Grant(row.get(4)?),
            "own" => Source::Own(row.get(4)?),
            "partner" => Source::Partner(row.get(4)?),
            _ => return Err(RegistryError::Damaged(format!("funding of kind `{kind}`"))),
        };
        shares.entry(row.get(0)?).or_default().push(Share { source, share: row.get(5)? });
    }
    let funding = |(device, shares)| {
        Funding::new(shares)
            .map(|funding| (device, funding))
            .map_err(|e| RegistryError::Damaged(format!("funding in the registry: {e}")))
    };
    shares.into_iter().map(funding).collect()
}

/// All installations, by device and time.
pub(super) fn installations(db: &Connection) -> Result<Vec<Installation>, RegistryError> {
    let mut statement = db.prepare_cached(sql::INSTALLATIONS)?;
    let mut found = statement.query([])?;
    let mut installations = Vec::new();
    while let Some(row) = found.next()? {
        installations.push(Installation {
            object: object_no(row, 0)?,
            device: rows::parsed(row, 1)?,
            from: Timestamp(row.get(2)?),
            until: rows::time_or_none(row, 3)?,
        });
    }
    Ok(installations)
}

fn datastreams(db: &Connection) -> Result<Vec<Datastream>, RegistryError> {
    let mut properties = Interned::<PropertyId>::new();
    let mut statement = db.prepare_cached(sql::DATASTREAMS)?;
    let mut found = statement.query([])?;
    let mut datastreams = Vec::new();
    while let Some(row) = found.next()? {
        datastreams.push(Datastream {
            object: object_no(row, 0)?,
            slot: row.get(1)?,
            property: properties.read(row, 2)?,
        });
    }
    Ok(datastreams)
}
