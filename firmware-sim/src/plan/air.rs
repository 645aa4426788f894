//! Air posts: those of the map for Odesa, three of Chornomorsk, one of Rozdilna.

use std::sync::Arc;

use domain::place::Place;
use domain::profile::Kind;
use domain::registry::Access;

use super::map::CityMap;
use super::{Device, Role, Site, moved, own_id};

const ODESA_OWNER: &str = "Департамент екології та розвитку рекреаційних зон Одеської міської ради";
const CHORNOMORSK_OWNER: &str = "Виконавчий комітет Чорноморської міської ради";
const ROZDILNA_OWNER: &str = "Управління житлово-комунального господарства та інфраструктури \
                              Роздільнянської міської ради";

/// Posts of the neighbours: community, number, name, site, metres east and north of its centre.
const NEIGHBOURS: [(&str, u8, &str, Site, f64, f64); 4] = [
    ("chornomorsk", 1, "Пост «Чорноморськ, проспект Миру»", Site::Traffic, 150.0, 400.0),
    ("chornomorsk", 2, "Пост «Чорноморськ, морський порт»", Site::Industrial, 900.0, 1500.0),
    ("chornomorsk", 3, "Пост «Чорноморськ, приморський парк»", Site::Background, 700.0, -300.0),
    ("rozdilna", 1, "Пост «Роздільна, центр»", Site::Urban, 0.0, 0.0),
];

fn site(text: &str) -> Site {
    match text {
        "traffic" => Site::Traffic,
        "industrial" => Site::Industrial,
        "background" => Site::Background,
        _ => Site::Urban,
    }
}

/// `Пост 01 «…»` of the map is `Пост «…»` here: its number is in its id.
fn name(on_map: &str) -> String {
    on_map.split_once('«').map_or_else(|| on_map.to_owned(), |(_, rest)| format!("Пост «{rest}"))
}

fn post(id: &str, community: &str, name: String, place: Place, site: Site) -> Device {
    let (funding, owner, commissioned_on) = match community {
        "chornomorsk" => ("grant:EGAP", CHORNOMORSK_OWNER, "2025-05-20"),
        "rozdilna" => ("rozdilna-2026/3.5", ROZDILNA_OWNER, "2026-06-01"),
        _ => ("odesa-city-2024/14.2", ODESA_OWNER, "2025-10-01"),
    };
    Device {
        id: own_id(id),
        community: own_id(community),
        kind: Kind::Air,
        profile: "air-post",
        name,
        place: Some(place),
        address: None,
        funding,
        owner,
        zone: Arc::from(community),
        supply_queue: None,
        access: Access::Public,
        commissioned_on,
        gateway: None,
        role: Role::AirPost(site),
    }
}

/// All posts.
pub(super) fn posts(map: &CityMap) -> Vec<Device> {
    let mut posts = Vec::with_capacity(map.air_sites.len() + NEIGHBOURS.len());
    for (n, spot) in (1..).zip(&map.air_sites) {
        let mut device =
            post(&format!("air-{n:02}"), "odesa", name(&spot.name_uk), spot.place, site(&spot.of));
        if let Some(district) = map.district(spot.place) {
            device.zone = Arc::from(district);
        }
        posts.push(device);
    }
    for (community, n, name, site, east_m, north_m) in NEIGHBOURS {
        let Some(centre) = map.centres.iter().find(|c| c.of == community) else { continue };
        let place = moved(centre.place, east_m, north_m);
        posts.push(post(&format!("air-{community}-{n}"), community, name.to_owned(), place, site));
    }
    posts
}
