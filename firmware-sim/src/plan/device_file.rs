//! The plan as a file for `obrii device import`.

use super::{Device, Plan};

/// Columns of the file; those the simulator has nothing for are left out.
const COLUMNS: [&str; 17] = [
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
    "address",
    "supply_queue",
    "access",
    "simulated",
    "gateway",
    "zone_name",
];

/// All devices of the plan as the CSV that the device import reads; `simulated` is true in every
/// row, lat and lon of vehicles are empty.
pub fn device_csv(plan: &Plan) -> String {
    let mut text = COLUMNS.join(",");
    for device in &plan.devices {
        text.push('\n');
        text.push_str(&row(device));
    }
    text.push('\n');
    text
}

fn row(device: &Device) -> String {
    let degrees = |value: Option<f64>| value.map(|v| format!("{v:.6}")).unwrap_or_default();
    let cells = [
        device.id.to_string(),
        device.community.to_string(),
        device.kind.to_string(),
        device.profile.to_owned(),
        device.name.clone(),
        degrees(device.place.map(|p| p.lat)),
        degrees(device.place.map(|p| p.lon)),
        device.funding.to_owned(),
        device.owner.to_owned(),
        device.zone.to_string(),
        device.commissioned_on.to_owned(),
        device.address.as_deref().unwrap_or_default().to_owned(),
        device.supply_queue.as_deref().unwrap_or_default().to_owned(),
        device.access.as_str().to_owned(),
        "true".to_owned(),
        device.gateway.as_ref().map(ToString::to_string).unwrap_or_default(),
        zone_name(&device.zone),
    ];
    cells.map(|cell| quoted(&cell)).join(",")
}

/// The name of a zone for people.
fn zone_name(zone: &str) -> String {
    let number = zone.rsplit('-').next().unwrap_or_default();
    match zone {
        "prymorskyi" => "Приморський район".to_owned(),
        "kyivskyi" => "Київський район".to_owned(),
        "khadzhybeiskyi" => "Хаджибейський район".to_owned(),
        "peresypskyi" => "Пересипський район".to_owned(),
        "odesa" => "Одеса".to_owned(),
        "chornomorsk" => "Чорноморськ".to_owned(),
        "rozdilna" => "Роздільна".to_owned(),
        _ if zone.starts_with("tram-depot") => format!("Трамвайне депо {number}"),
        _ if zone.starts_with("trolleybus-depot") => format!("Тролейбусне депо {number}"),
        _ if zone.starts_with("bus-depot") => format!("Автобусний парк {number}"),
        _ if zone.starts_with("lo-") => format!("Лінія ЛО-{number}"),
        _ if zone.contains("dma-") => format!("Зона обліку ЗО-{number}"),
        other => other.to_owned(),
    }
}

/// A cell, in quotes when it holds what separates cells.
pub(crate) fn quoted(cell: &str) -> String {
    if cell.contains([',', ';', '"', '\n']) {
        format!("\"{}\"", cell.replace('"', "\"\""))
    } else {
        cell.to_owned()
    }
}
