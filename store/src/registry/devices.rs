//! What happens to devices after their import: tokens, replacement, the end of their service, and
//! the export that reads back as the import it came from.

use std::collections::HashMap;

use domain::registry::{Device, Installation, Object};
use domain::{DeviceId, ObjectId, ObjectNo, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use super::directory::{self, add_datastreams};
use super::{Registry, RegistryError, Token, profiles, rows, sql};
use crate::device_file::{DeviceRow, Mounting};
use crate::refusal::Refusal;

/// A device as a change of its life has to know it.
struct State {
    kind: String,
    profile: String,
    decommissioned_at: Option<Timestamp>,
    /// The object it sits on, and since when.
    seat: Option<(i64, Timestamp)>,
}

impl Registry {
    /// Gives a device a new token; the old one is worth nothing from then on.
    pub fn rotate_token(&self, id: &DeviceId, now: Timestamp) -> Result<Token, RegistryError> {
        let token = Token::new()?;
        self.database.write(|db| {
            in_service(db, id)?;
            let hash = Token::sha256(token.reveal());
            db.execute(sql::DEVICE_TOKEN, params![hash, now.millis(), id.as_str()])?;
            Ok(token)
        })
    }

    /// Takes a device out of operation: its history stays, the broker refuses it, and its place
    /// on the object is free. Doing it twice changes nothing.
    pub fn decommission(&self, id: &DeviceId, now: Timestamp) -> Result<(), RegistryError> {
        self.database.write(|db| {
            state(db, id)?;
            db.execute(sql::DEVICE_DECOMMISSION, params![now.millis(), id.as_str()])?;
            remove(db, id, now)
        })
    }

    /// Puts `new` in the place of `old` on `object` from `at` on; the object's history goes on.
    pub fn replace_device(
        &self,
        object: &ObjectId,
        old: &DeviceId,
        new: &DeviceId,
        at: Timestamp,
    ) -> Result<(), RegistryError> {
        self.database.write(|db| {
            let conflict = |refusal: Refusal| Err(RegistryError::Conflict(refusal));
            let no: i64 = db
                .query_row(sql::OBJECT_NO, [object.as_str()], |row| row.get(0))
                .optional()?
                .ok_or_else(|| unknown("object", object.as_str()))?;
            if old == new {
                let detail = format!("device `{old}` cannot replace itself");
                return conflict(Refusal::new("replaced-by-itself", detail).about("device", old));
            }
            let going = state(db, old)?;
            let Some((_, since)) = going.seat.filter(|(seat, _)| *seat == no) else {
                let detail = format!("device `{old}` does not sit on object `{object}`");
                let refusal = Refusal::new("not-on-object", detail);
                return conflict(refusal.about("device", old).about("object", object));
            };
            if at <= since {
                let detail = format!(
                    "device `{old}` sits on object `{object}` since {since}, expected a later \
                     time than {at}"
                );
                let refusal = Refusal::new("before-installation", detail);
                return conflict(refusal.about("device", old).about("since", since));
            }
            let coming = in_service(db, new)?;
            if coming.kind != going.kind {
                let (is, expected) = (&coming.kind, &going.kind);
                let detail = format!("device `{new}` is of kind {is}, expected {expected}");
                return conflict(Refusal::new("other-kind", detail).about("device", new));
            }
            remove(db, old, at)?;
            if coming.seat.is_none_or(|(seat, from)| seat != no || from > at) {
                remove(db, new, at)?;
                install(db, new, no, at)?;
            }
            let known = profiles::profiles(db)?;
            match known.iter().find(|p| p.id.as_str() == coming.profile) {
                Some(profile) => add_datastreams(db, no, profile),
                None => Err(unknown("profile", &coming.profile)),
            }
        })
    }

    /// All devices in operation, by id, as rows that an import reads back.
    pub fn export_devices(&self) -> Result<Vec<DeviceRow>, RegistryError> {
        self.database.read(|db| {
            let objects: HashMap<ObjectNo, _> =
                directory::objects(db)?.into_iter().map(|o| (o.no, o)).collect();
            let seats: HashMap<DeviceId, Installation> = directory::installations(db)?
                .into_iter()
                .filter(|i| i.until.is_none())
                .map(|i| (i.device.clone(), i))
                .collect();
            let zone_names: HashMap<_, _> = directory::zones(db)?
                .into_iter()
                .filter(|zone| zone.name != zone.id.as_str())
                .map(|zone| ((zone.community, zone.id), zone.name))
                .collect();
            let mut external_ids = directory::external_ids(db)?;
            let in_operation =
                directory::devices(db)?.into_iter().filter(|d| d.0.decommissioned_at.is_none());
            let row = |(device, _, gateway): directory::DeviceParts| {
                let external_id = external_ids.remove(&device.id);
                let seat = seats.get(&device.id).and_then(|i| objects.get(&i.object));
                let row = DeviceRow::of(device, gateway, seat);
                let zone = row.zone.clone().map(|zone| (row.community.clone(), zone));
                let zone_name = zone.and_then(|zone| zone_names.get(&zone).cloned());
                DeviceRow { zone_name, external_id, ..row }
            };
            Ok(in_operation.map(row).collect())
        })
    }
}

fn unknown(what: &'static str, id: &str) -> RegistryError {
    RegistryError::Unknown { what, id: id.to_owned() }
}

fn state(db: &Connection, id: &DeviceId) -> Result<State, RegistryError> {
    let mut statement = db.prepare_cached(sql::DEVICE_STATE)?;
    let mut found = statement.query([id.as_str()])?;
    let Some(row) = found.next()? else { return Err(unknown("device", id.as_str())) };
    let object: Option<i64> = row.get(3)?;
    Ok(State {
        kind: row.get(0)?,
        profile: row.get(1)?,
        decommissioned_at: rows::time_or_none(row, 2)?,
        seat: object.zip(rows::time_or_none(row, 4)?),
    })
}

fn in_service(db: &Connection, id: &DeviceId) -> Result<State, RegistryError> {
    let state = state(db, id)?;
    match state.decommissioned_at {
        None => Ok(state),
        Some(at) => {
            let detail =
                format!("device `{id}` is decommissioned since {at}, expected one in operation");
            let refusal = Refusal::new("decommissioned", detail);
            Err(RegistryError::Conflict(refusal.about("device", id).about("since", at)))
        }
    }
}

/// Takes a device off the object it sits on, if it sits on one.
pub(super) fn remove(db: &Connection, id: &DeviceId, at: Timestamp) -> Result<(), RegistryError> {
    db.prepare_cached(sql::INSTALLATION_UNDO)?.execute(params![id.as_str(), at.millis()])?;
    db.prepare_cached(sql::INSTALLATION_CLOSE)?.execute(params![at.millis(), id.as_str()])?;
    Ok(())
}

/// Puts a device that sits nowhere on an object.
pub(super) fn install(
    db: &Connection,
    id: &DeviceId,
    object_no: i64,
    at: Timestamp,
) -> Result<(), RegistryError> {
    let until: Option<Timestamp> = db
        .prepare_cached(sql::INSTALLATION_LAST_REMOVAL)?
        .query_row([id.as_str()], |row| row.get::<_, Option<i64>>(0))?
        .map(Timestamp);
    if let Some(until) = until.filter(|until| *until > at) {
        let detail =
            format!("device `{id}` sat elsewhere until {until}, expected a later time than {at}");
        let refusal = Refusal::new("sat-elsewhere", detail);
        return Err(RegistryError::Conflict(refusal.about("device", id).about("until", until)));
    }
    db.prepare_cached(sql::INSTALLATION_ADD)?.execute(params![
        object_no,
        id.as_str(),
        at.millis()
    ])?;
    Ok(())
}

impl DeviceRow {
    fn of(device: Device, gateway: Option<DeviceId>, object: Option<&Object>) -> Self {
        let mounting = match object {
            None => Some(Mounting::Nowhere),
            Some(object) if object.id.as_str() == device.id.as_str() => None,
            Some(object) => Some(Mounting::On(object.id.clone())),
        };
        Self {
            line: 0,
            place: object.and_then(|o| o.place),
            zone: object.and_then(|o| o.zone.clone()),
            object_name: object.map(|o| o.name.clone()).filter(|name| *name != device.name),
            address: object.and_then(|o| o.address.clone()),
            supply_queue: object.and_then(|o| o.supply_queue.clone()),
            access: object.map(|o| o.access),
            simulated: Some(device.simulated),
            external_id: None,
            zone_name: None,
            mounting,
            gateway,
            id: device.id,
            community: device.community,
            kind: device.kind,
            profile: device.profile,
            name: device.name,
            funding: device.funding,
            commissioned_on: device.commissioned_on,
            passport: device.passport,
        }
    }
}
