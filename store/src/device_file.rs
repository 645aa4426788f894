//! The device file: CSV in, checked rows out, and back. Comma or semicolon, decimal point or
//! comma, with or without a byte order mark; all mistakes are told at once, each with its line.

#[cfg(test)]
mod tests;

use std::io::{self, Read, Write};

use domain::funding::{BadFunding, Funding};
use domain::limits::DEVICE_FILE_BYTES_MAX;
use domain::place::Place;
use domain::profile::Kind;
use domain::registry::{Access, Passport};
use domain::{CommunityId, DeviceId, ExternalId, ObjectId, ProfileId, ZoneId};

use crate::csv_file::{Cells, Table};
use crate::line_error::{LineError, Mistake};

/// The columns, in the order of an export; the first `REQUIRED` of them must be there, the cells of
/// some of them may be empty.
pub const COLUMNS: &[&str] = &[
    "id",
    "community",
    "kind",
    "profile",
    "name",
    "lat",
    "lon",
    "funding",
    "owner",
    "zone",
    "commissioned_on",
    "object",
    "object_name",
    "zone_name",
    "gateway",
    "responsible",
    "holder",
    "address",
    "contract",
    "act",
    "price_kuah",
    "inventory_no",
    "serial",
    "warranty_until",
    "verified_until",
    "supply_queue",
    "access",
    "simulated",
    "external_id",
];

/// How many of the columns must be there.
const REQUIRED: usize = 11;

/// What stands in the column `object` of a device that sits on none.
const NOWHERE: &str = "-";

/// Where a device sits, when the file says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mounting {
    /// On this object, which is made when there is none.
    On(ObjectId),
    /// On none: in the store room.
    Nowhere,
}

/// One row of the device file. What is `None` is left as it is when the device is there.
#[derive(Clone, Debug, PartialEq)]
pub struct DeviceRow {
    /// Line of the file; 0 when it came from none.
    pub line: u64,
    /// The device.
    pub id: DeviceId,
    /// Its community.
    pub community: CommunityId,
    /// Its kind, which must be its profile's.
    pub kind: Kind,
    /// Its profile.
    pub profile: ProfileId,
    /// Name for people.
    pub name: String,
    /// Where it stands; `None` for a vehicle.
    pub place: Option<Place>,
    /// Who paid.
    pub funding: Funding,
    /// District, DMA, feeder or depot.
    pub zone: Option<ZoneId>,
    /// Taken into operation on this civil day, `YYYY-MM-DD`.
    pub commissioned_on: Option<String>,
    /// Where it sits; `None`: a new device sits on an object of its own id.
    pub mounting: Option<Mounting>,
    /// Name of the object, when it is not the device's.
    pub object_name: Option<String>,
    /// Name of the zone for people; until it has one, its id stands for it.
    pub zone_name: Option<String>,
    /// The device that may speak for it.
    pub gateway: Option<DeviceId>,
    /// Papers.
    pub passport: Passport,
    /// Address in words.
    pub address: Option<String>,
    /// Queue of planned outages.
    pub supply_queue: Option<String>,
    /// Who may see it; a new object is public.
    pub access: Option<Access>,
    /// Its readings come from a simulator.
    pub simulated: Option<bool>,
    /// The name under which a foreign format knows it: devEUI, IMEI, `esp8266-123456`.
    pub external_id: Option<ExternalId>,
}

/// Reads a device file; `file` is its name in the mistakes told.
pub fn read(reader: impl Read, file: &str) -> Result<Vec<DeviceRow>, Vec<LineError>> {
    let whole = |reason: String| vec![LineError::new(file, 0, reason)];
    let mut bytes = Vec::new();
    let limit = DEVICE_FILE_BYTES_MAX as u64 + 1;
    reader.take(limit).read_to_end(&mut bytes).map_err(|e| whole(e.to_string()))?;
    if bytes.len() > DEVICE_FILE_BYTES_MAX {
        return Err(whole(format!("larger than {DEVICE_FILE_BYTES_MAX} bytes")));
    }
    Table::read(file, &bytes, COLUMNS, REQUIRED)?.parse(row)
}

fn row(cells: &mut Cells) -> Option<DeviceRow> {
    // Every cell is read before the first `?`, so that all mistakes of a row are noted.
    let id = cells.required("id");
    let community = cells.required("community");
    let kind = cells.required("kind");
    let profile = cells.required("profile");
    let name = cells.required_text("name");
    let place = place(cells);
    let funding = funding(cells);
    let passport = passport(cells);
    let zone = cells.optional("zone");
    let commissioned_on = day(cells, "commissioned_on");
    let mounting = mounting(cells);
    let gateway = cells.optional("gateway");
    let access = cells.word("access", Access::parse, "public, internal or restricted");
    let simulated = cells.word("simulated", flag, "true or false");
    let external_id = cells.optional("external_id");
    Some(DeviceRow {
        line: cells.line,
        id: id?,
        community: community?,
        kind: kind?,
        profile: profile?,
        name: name?,
        place,
        funding: funding?,
        zone,
        commissioned_on,
        mounting,
        object_name: cells.text_or_none("object_name"),
        zone_name: cells.text_or_none("zone_name"),
        gateway,
        passport: passport?,
        address: cells.text_or_none("address"),
        supply_queue: cells.text_or_none("supply_queue"),
        access,
        simulated,
        external_id,
    })
}

fn funding(cells: &mut Cells) -> Option<Funding> {
    match cells.text("funding").parse() {
        Ok(funding) => Some(funding),
        Err(error) => {
            let mistake = if error == BadFunding::Empty { Mistake::Missing } else { Mistake::Form };
            cells.refuse_cell("funding", mistake, error.to_string());
            None
        }
    }
}

fn place(cells: &mut Cells) -> Option<Place> {
    let given = (!cells.text("lat").is_empty(), !cells.text("lon").is_empty());
    let (lat, lon) = (cells.number("lat"), cells.number("lon"));
    if given.0 != given.1 {
        let empty = if given.0 { "lon" } else { "lat" };
        let reason = "one of lat and lon is empty, expected both or none";
        cells.refuse_cell(empty, Mistake::Missing, reason);
        return None;
    }
    let (lat, lon) = lat.zip(lon)?;
    let place = Place::new(lat, lon);
    if place.is_none() {
        let reason = format!("`{lat}, {lon}` is no place, expected WGS 84 degrees");
        cells.refuse_cell("lat", Mistake::Form, reason);
    }
    place
}

fn passport(cells: &mut Cells) -> Option<Passport> {
    let price_kuah = cells.number("price_kuah");
    if price_kuah.is_some_and(|price| price < 0.0) {
        cells.refuse_cell("price_kuah", Mistake::Form, "`price_kuah` is below 0");
    }
    let warranty_until = day(cells, "warranty_until");
    let verified_until = day(cells, "verified_until");
    Some(Passport {
        owner: cells.required_text("owner")?,
        responsible: cells.text_or_none("responsible"),
        holder: cells.text_or_none("holder"),
        contract: cells.text_or_none("contract"),
        act: cells.text_or_none("act"),
        price_kuah,
        inventory_no: cells.text_or_none("inventory_no"),
        serial: cells.text_or_none("serial"),
        warranty_until,
        verified_until,
    })
}

fn mounting(cells: &mut Cells) -> Option<Mounting> {
    if cells.text("object") == NOWHERE {
        return Some(Mounting::Nowhere);
    }
    cells.optional("object").map(Mounting::On)
}

fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" => Some(true),
        "false" | "0" | "no" => Some(false),
        _ => None,
    }
}

/// A civil day, `YYYY-MM-DD`, or `DD.MM.YYYY` as spreadsheets in Ukraine turn it into.
fn day(cells: &mut Cells, column: &str) -> Option<String> {
    let text = cells.text_or_none(column)?;
    let parts: Vec<&str> = text.split('.').collect();
    let day = match parts.as_slice() {
        [day, month, year] => format!("{year}-{month}-{day}"),
        _ => text.clone(),
    };
    let is_a_day = day.len() == 10
        && day.as_bytes()[4] == b'-'
        && format!("{day}T00:00:00Z").parse::<domain::Timestamp>().is_ok();
    if !is_a_day {
        let reason = format!("`{column}`: `{text}` is no day, expected one like 2026-11-22");
        cells.refuse_cell(column, Mistake::Form, reason);
        return None;
    }
    Some(day)
}

/// Writes rows as a device file that [`read`] reads back to the same rows.
pub fn write(rows: &[DeviceRow], out: impl Write) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(COLUMNS)?;
    for row in rows {
        writer.write_record(cells_of(row))?;
    }
    writer.flush()
}

/// The cells of a row, in the order of [`COLUMNS`].
fn cells_of(row: &DeviceRow) -> [String; COLUMNS.len()] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |number: Option<f64>| number.map(|n| n.to_string()).unwrap_or_default();
    let object = match &row.mounting {
        None => String::new(),
        Some(Mounting::Nowhere) => NOWHERE.to_owned(),
        Some(Mounting::On(object)) => object.to_string(),
    };
    let papers = &row.passport;
    [
        row.id.to_string(),
        row.community.to_string(),
        row.kind.to_string(),
        row.profile.to_string(),
        row.name.clone(),
        number(row.place.map(|p| p.lat)),
        number(row.place.map(|p| p.lon)),
        row.funding.to_string(),
        papers.owner.clone(),
        row.zone.as_ref().map(ToString::to_string).unwrap_or_default(),
        text(&row.commissioned_on),
        object,
        text(&row.object_name),
        text(&row.zone_name),
        row.gateway.as_ref().map(ToString::to_string).unwrap_or_default(),
        text(&papers.responsible),
        text(&papers.holder),
        text(&row.address),
        text(&papers.contract),
        text(&papers.act),
        number(papers.price_kuah),
        text(&papers.inventory_no),
        text(&papers.serial),
        text(&papers.warranty_until),
        text(&papers.verified_until),
        text(&row.supply_queue),
        row.access.map(|a| a.as_str().to_owned()).unwrap_or_default(),
        row.simulated.map(|s| s.to_string()).unwrap_or_default(),
        row.external_id.as_ref().map(ToString::to_string).unwrap_or_default(),
    ]
}
