//! Import of devices: everything is checked first and all mistakes are told at once; then all is
//! written in one transaction, or nothing.

use std::collections::{HashMap, HashSet};

use domain::calendar;
use domain::profile::{Kind, Profile};
use domain::registry::Access;
use domain::{
    CommunityId, DeviceId, ExternalId, MeasureRef, ObjectId, ProfileId, Timestamp, ZoneId,
};
use rusqlite::{Connection, params};

use super::directory::{self, add_datastreams};
use super::{Registry, RegistryError, Token, ZoneKind, devices, profiles, rows, sql};
use crate::device_file::{DeviceRow, Mounting};
use crate::line_error::{LineError, Mistake};

/// Why nothing was imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Rows that the registry does not take, each with its line.
    #[error("{} of the rows are refused, the first: {}", .0.len(), first(.0))]
    Refused(Vec<LineError>),
    /// The registry failed.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

fn first(errors: &[LineError]) -> String {
    errors.first().map(LineError::to_string).unwrap_or_default()
}

impl From<rusqlite::Error> for ImportError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Registry(error.into())
    }
}

/// An object that is there, or was made by an earlier row.
struct Seat {
    no: i64,
    community: CommunityId,
    has_place: bool,
}

/// A device that is there.
struct Present {
    community: CommunityId,
    kind: Kind,
    decommissioned: bool,
    object_no: Option<i64>,
}

/// What the rows are checked against.
struct Known {
    profiles: HashMap<ProfileId, Profile>,
    measures: HashSet<MeasureRef>,
    objects: HashMap<ObjectId, Seat>,
    object_ids: HashMap<i64, ObjectId>,
    devices: HashMap<DeviceId, Present>,
    credentials: HashSet<String>,
    /// Of the devices in operation.
    external_ids: HashMap<ExternalId, DeviceId>,
}

impl Registry {
    /// Imports devices, all or none. Devices that are there are changed — an empty cell leaves
    /// what they have — and keep their token; the others are made, and their tokens returned.
    pub fn import_devices(
        &self,
        rows: &[DeviceRow],
        now: Timestamp,
    ) -> Result<Vec<(DeviceId, Token)>, ImportError> {
        self.write_devices(rows, now, |_| Vec::new())
    }

    /// Registers devices of which none may be there yet, all or none.
    pub fn add_devices(
        &self,
        rows: &[DeviceRow],
        now: Timestamp,
    ) -> Result<Vec<(DeviceId, Token)>, ImportError> {
        self.write_devices(rows, now, |known| {
            let there = rows.iter().filter(|row| known.devices.contains_key(&row.id));
            let taken = |row: &DeviceRow| {
                let reason = format!("device `{}` is there, expected a new id", row.id);
                LineError::new("", row.line, reason).at("id", Mistake::Taken)
            };
            there.map(taken).collect()
        })
    }

    fn write_devices(
        &self,
        rows: &[DeviceRow],
        now: Timestamp,
        also_refused: impl FnOnce(&Known) -> Vec<LineError>,
    ) -> Result<Vec<(DeviceId, Token)>, ImportError> {
        self.database.write(|db| {
            let mut known = known(db)?;
            let mut refused = also_refused(&known);
            refused.extend(check(rows, &known));
            if !refused.is_empty() {
                return Err(ImportError::Refused(refused));
            }
            let mut made = Vec::new();
            for row in rows {
                let object = write_object(db, row, &mut known)?;
                if let Some(present) = known.devices.get(&row.id) {
                    change_device(db, row)?;
                    let seat = present.object_no;
                    move_device(db, row, seat, object, now)?;
                } else {
                    let token = Token::new()?;
                    add_device(db, row, &token, now)?;
                    move_device(db, row, None, object, in_service_since(row, now))?;
                    made.push((row.id.clone(), token));
                }
                write_funding(db, row)?;
                if let (Some(no), Some(profile)) = (object, known.profiles.get(&row.profile)) {
                    add_datastreams(db, no, profile)?;
                }
            }
            Ok(made)
        })
    }
}

fn known(db: &Connection) -> Result<Known, RegistryError> {
    let mut measures = HashSet::new();
    let mut statement = db.prepare_cached(sql::MEASURES_KNOWN)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let (programme, measure) = (rows::parsed(row, 0)?, rows::parsed(row, 1)?);
        measures.insert(MeasureRef { programme, measure });
    }
    let mut devices = HashMap::new();
    let mut statement = db.prepare_cached(sql::DEVICE_STATES)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        let present = Present {
            community: rows::parsed(row, 1)?,
            kind: rows::parsed(row, 2)?,
            decommissioned: rows::time_or_none(row, 3)?.is_some(),
            object_no: row.get(4)?,
        };
        devices.insert(rows::parsed(row, 0)?, present);
    }
    let mut statement = db.prepare_cached(sql::CREDENTIALS)?;
    let credentials = statement.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let mut external_ids = HashMap::new();
    let mut statement = db.prepare_cached(sql::EXTERNAL_IDS_TAKEN)?;
    let mut found = statement.query([])?;
    while let Some(row) = found.next()? {
        external_ids.insert(rows::parsed(row, 0)?, rows::parsed(row, 1)?);
    }
    let mut objects = HashMap::new();
    let mut object_ids = HashMap::new();
    for object in directory::objects(db)? {
        let (no, has_place) = (i64::from(object.no.0), object.place.is_some());
        object_ids.insert(no, object.id.clone());
        objects.insert(object.id, Seat { no, community: object.community, has_place });
    }
    Ok(Known {
        profiles: profiles::profiles(db)?.into_iter().map(|p| (p.id.clone(), p)).collect(),
        measures,
        objects,
        object_ids,
        devices,
        credentials,
        external_ids,
    })
}

/// A mistake of a row: the column, what is wrong with it, the same in words.
type Reason = (&'static str, Mistake, String);

/// All mistakes of the rows, by line.
fn check(rows: &[DeviceRow], known: &Known) -> Vec<LineError> {
    let mut first_line: HashMap<&DeviceId, u64> = HashMap::new();
    let mut refused = Vec::new();
    for row in rows {
        if let Some(line) = first_line.insert(&row.id, row.line) {
            let reason = format!("device `{}` stands in line {line} already", row.id);
            refused.push(LineError::new("", row.line, reason).at("id", Mistake::Taken));
        }
    }
    let mut named: HashMap<&ExternalId, &DeviceId> = HashMap::new();
    // Objects that earlier rows of the file make.
    let mut made: HashMap<ObjectId, (CommunityId, bool)> = HashMap::new();
    for row in rows {
        let mut reasons = check_device(row, known);
        let gateway_is_there = |id: &DeviceId| {
            first_line.contains_key(id) || known.devices.get(id).is_some_and(|d| !d.decommissioned)
        };
        match &row.gateway {
            Some(id) if *id == row.id => {
                let reason = format!("device `{id}` cannot be its own gateway");
                reasons.push(("gateway", Mistake::Conflict, reason));
            }
            Some(id) if !gateway_is_there(id) => {
                let reason = format!("gateway `{id}` is no device in operation");
                reasons.push(("gateway", Mistake::Unknown, reason));
            }
            _ => {}
        }
        if let Some(external_id) = &row.external_id {
            let in_file = named.insert(external_id, &row.id);
            let in_registry = known.external_ids.get(external_id).filter(|id| **id != row.id);
            if let Some(other) = in_file.or(in_registry) {
                let reason = format!("external id `{external_id}` is device `{other}`'s");
                reasons.push(("external_id", Mistake::Taken, reason));
            }
        }
        check_object(row, known, &mut made, &mut reasons);
        refused.extend(reasons.into_iter().map(|(column, mistake, reason)| {
            LineError::new("", row.line, reason).at(column, mistake)
        }));
    }
    refused.sort_by_key(|e| e.line);
    refused
}

fn check_device(row: &DeviceRow, known: &Known) -> Vec<Reason> {
    let mut reasons = Vec::new();
    match known.profiles.get(&row.profile) {
        None => {
            let reason = format!("profile `{}` is not in the registry", row.profile);
            reasons.push(("profile", Mistake::Unknown, reason));
        }
        Some(profile) if profile.kind != row.kind => {
            let (kind, expected) = (row.kind, profile.kind);
            let of = &row.profile;
            let reason =
                format!("kind `{kind}` does not fit profile `{of}`, expected `{expected}`");
            reasons.push(("kind", Mistake::Conflict, reason));
        }
        Some(_) => {}
    }
    for (measure, _) in row.funding.measures() {
        if !known.measures.contains(measure) {
            let reason = format!("measure `{measure}` is not in the registry");
            reasons.push(("funding", Mistake::Unknown, reason));
        }
    }
    if known.credentials.contains(row.id.as_str()) {
        let reason = format!("`{}` is a credential, expected a name of its own", row.id);
        reasons.push(("id", Mistake::Taken, reason));
    }
    let Some(present) = known.devices.get(&row.id) else { return reasons };
    if present.decommissioned {
        let reason = format!("device `{}` is decommissioned, expected a new id", row.id);
        reasons.push(("id", Mistake::Taken, reason));
    }
    if present.kind != row.kind || present.community != row.community {
        let (kind, community) = (present.kind, &present.community);
        let id = &row.id;
        let reason =
            format!("device `{id}` is `{kind}` of `{community}`, which an import does not change");
        reasons.push(("community", Mistake::Conflict, reason));
    }
    reasons
}

fn check_object(
    row: &DeviceRow,
    known: &Known,
    made: &mut HashMap<ObjectId, (CommunityId, bool)>,
    reasons: &mut Vec<Reason>,
) {
    if row.kind == Kind::Gateway {
        if matches!(row.mounting, Some(Mounting::On(_))) || row.place.is_some() {
            let reason = "a gateway sits on no object and has no place, expected neither";
            reasons.push(("object", Mistake::Conflict, reason.to_owned()));
        }
        return;
    }
    let Some(id) = object_of(row, known) else { return };
    let present = known.objects.get(&id).map(|o| (o.community.clone(), o.has_place));
    match present.or_else(|| made.get(&id).cloned()) {
        Some((community, _)) if community != row.community => {
            let reason = format!("object `{id}` belongs to `{community}`");
            reasons.push(("object", Mistake::Conflict, reason));
        }
        Some((_, has_place)) if has_place || row.place.is_some() || row.kind == Kind::Vehicle => {}
        None if row.place.is_some() || row.kind == Kind::Vehicle => {
            made.insert(id, (row.community.clone(), row.place.is_some()));
        }
        _ => {
            let expected = "expected lat and lon: only a vehicle tells its own";
            let reason = format!("object `{id}` has no place, {expected}");
            reasons.push(("lat", Mistake::Missing, reason));
        }
    }
}

/// The object a row speaks of: none of a gateway, else the one it names, the one its device sits
/// on, or, for a new device, one of its own id.
fn object_of(row: &DeviceRow, known: &Known) -> Option<ObjectId> {
    match (&row.mounting, known.devices.get(&row.id)) {
        _ if row.kind == Kind::Gateway => None,
        (Some(Mounting::Nowhere), _) => None,
        (Some(Mounting::On(id)), _) => Some(id.clone()),
        (None, None) => row.id.as_str().parse().ok(),
        (None, Some(present)) => known.object_ids.get(&present.object_no?).cloned(),
    }
}

fn zone_kind(kind: Kind) -> ZoneKind {
    match kind {
        Kind::Air => ZoneKind::District,
        Kind::Vehicle => ZoneKind::Depot,
        Kind::Light => ZoneKind::Feeder,
        Kind::Water => ZoneKind::Dma,
        Kind::Gateway => ZoneKind::Other,
    }
}

/// Makes or changes the row's object; its number.
fn write_object(
    db: &Connection,
    row: &DeviceRow,
    known: &mut Known,
) -> Result<Option<i64>, RegistryError> {
    let Some(id) = object_of(row, known) else { return Ok(None) };
    let community = row.community.as_str();
    db.prepare_cached(sql::COMMUNITY_ADD)?.execute([community])?;
    let zone = row.zone.as_ref().map(ZoneId::as_str);
    if let Some(zone) = zone {
        let kind = zone_kind(row.kind).as_str();
        db.prepare_cached(sql::ZONE_ADD)?.execute(params![community, zone, kind, zone])?;
        if let Some(name) = &row.zone_name {
            db.prepare_cached(sql::ZONE_NAME)?.execute(params![name, community, zone])?;
        }
    }
    let (lat, lon) = (row.place.map(|p| p.lat), row.place.map(|p| p.lon));
    if let Some(seat) = known.objects.get(&id) {
        let names_it = id.as_str() == row.id.as_str();
        let name = row.object_name.as_ref().or(names_it.then_some(&row.name));
        db.prepare_cached(sql::OBJECT_CHANGE)?.execute(params![
            name,
            lat,
            lon,
            row.address,
            zone,
            row.supply_queue,
            row.access.map(Access::as_str),
            row.simulated,
            seat.no,
        ])?;
        return Ok(Some(seat.no));
    }
    let no: i64 = db.prepare_cached(sql::OBJECT_ADD)?.query_row(
        params![
            id.as_str(),
            community,
            row.kind.as_str(),
            row.object_name.as_ref().unwrap_or(&row.name),
            lat,
            lon,
            row.address,
            zone,
            row.supply_queue,
            row.access.unwrap_or(Access::Public).as_str(),
            row.simulated.unwrap_or(false),
        ],
        |found| found.get(0),
    )?;
    let has_place = row.place.is_some();
    known.objects.insert(id, Seat { no, community: row.community.clone(), has_place });
    Ok(Some(no))
}

fn add_device(
    db: &Connection,
    row: &DeviceRow,
    token: &Token,
    now: Timestamp,
) -> Result<(), RegistryError> {
    db.prepare_cached(sql::COMMUNITY_ADD)?.execute([row.community.as_str()])?;
    let papers = &row.passport;
    db.prepare_cached(sql::DEVICE_ADD)?.execute(params![
        row.id.as_str(),
        row.community.as_str(),
        row.kind.as_str(),
        row.profile.as_str(),
        row.name,
        row.gateway.as_ref().map(DeviceId::as_str),
        papers.owner,
        papers.responsible,
        papers.holder,
        papers.contract,
        papers.act,
        papers.price_kuah,
        papers.inventory_no,
        papers.serial,
        papers.warranty_until,
        papers.verified_until,
        row.commissioned_on,
        now.millis(),
        row.simulated.unwrap_or(false),
        Token::sha256(token.reveal()),
        now.millis(),
        row.external_id.as_ref().map(ExternalId::as_str),
    ])?;
    Ok(())
}

fn change_device(db: &Connection, row: &DeviceRow) -> Result<(), RegistryError> {
    let papers = &row.passport;
    db.prepare_cached(sql::DEVICE_CHANGE)?.execute(params![
        row.profile.as_str(),
        row.name,
        row.gateway.as_ref().map(DeviceId::as_str),
        papers.owner,
        papers.responsible,
        papers.holder,
        papers.contract,
        papers.act,
        papers.price_kuah,
        papers.inventory_no,
        papers.serial,
        papers.warranty_until,
        papers.verified_until,
        row.commissioned_on,
        row.simulated,
        row.external_id.as_ref().map(ExternalId::as_str),
        row.id.as_str(),
    ])?;
    Ok(())
}

/// When a new device came to its object: with the day it was taken into operation, which may lie
/// before the day it is registered; a device that is only registered sits there from now on.
fn in_service_since(row: &DeviceRow, now: Timestamp) -> Timestamp {
    let day = row.commissioned_on.as_deref().and_then(|day| day.parse().ok());
    day.map_or(now, |day| calendar::begin_of_day(day).min(now))
}

/// From the object the device sits on to the one the row speaks of.
fn move_device(
    db: &Connection,
    row: &DeviceRow,
    from: Option<i64>,
    to: Option<i64>,
    now: Timestamp,
) -> Result<(), RegistryError> {
    if from == to {
        return Ok(());
    }
    devices::remove(db, &row.id, now)?;
    match to {
        Some(no) => devices::install(db, &row.id, no, now),
        None => Ok(()),
    }
}

fn write_funding(db: &Connection, row: &DeviceRow) -> Result<(), RegistryError> {
    use domain::funding::Source;
    let device = row.id.as_str();
    db.prepare_cached(sql::FUNDING_CLEAR)?.execute([device])?;
    let mut add = db.prepare_cached(sql::FUNDING_ADD)?;
    for (position, share) in row.funding.shares().iter().enumerate() {
        let (kind, measure, name) = match &share.source {
            Source::Measure(measure) => ("measure", Some(measure), None),
            Source::Grant(name) => ("grant", None, Some(name)),
            Source::Own(name) => ("own", None, Some(name)),
            Source::Partner(name) => ("partner", None, Some(name)),
        };
        add.execute(params![
            device,
            position as i64,
            kind,
            measure.map(|m| m.programme.as_str()),
            measure.map(|m| m.measure.as_str()),
            name,
            share.share,
        ])?;
    }
    Ok(())
}
