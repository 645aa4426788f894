use axum::http::{Method, StatusCode};
use domain::intake::{LoginReason, Reason, Tally};
use store::intake::{LoginRefusal, Quarantined};

use super::{NOON, Town};

fn quarantined(device: &str, payload: &[u8], reason: Reason) -> Quarantined {
    Quarantined {
        device: device.to_owned(),
        topic: format!("obrii/v1/odesa/air/{device}/telemetry"),
        payload: payload.to_vec(),
        payload_bytes: payload.len() as u64,
        reason,
        detail: "expected something else".to_owned(),
        element: None,
        arrived_at: NOON,
        gateway: "broker".to_owned(),
    }
}

#[tokio::test]
async fn quarantine_shows_text_and_bytes_newest_first_a_page_at_a_time() {
    let town = Town::new().await;
    let rows = [
        quarantined("air-1", b"{oops", Reason::NotJson),
        quarantined("air-1", &[0xff, 0x00], Reason::NotUtf8),
        quarantined("air-2", b"{}", Reason::NoKnownField),
    ];
    town.stores.intake.quarantine(&rows).expect("stores");
    let page = town.get("/api/v1/quarantine?limit=2").await;
    assert_eq!(page["quarantine"][0]["reason"], "no-known-field");
    assert_eq!(page["quarantine"][1]["payload_hex"], "ff00");
    assert_eq!(page["quarantine"][1]["payload_text"], "\u{fffd}\u{0}");
    let rest = town.get(&format!("/api/v1/quarantine?limit=2&before={}", page["next"])).await;
    assert_eq!(rest["quarantine"].as_array().expect("rows").len(), 1);
    assert_eq!(rest["quarantine"][0]["payload_text"], "{oops");
    assert!(rest.get("next").is_none());
    let number = page["quarantine"][1]["id"].as_i64().expect("a number");
    let whole = town.get(&format!("/api/v1/quarantine/{number}")).await;
    assert_eq!(whole["reason"], "not-utf8");
    let none = town.ask(Method::GET, "/api/v1/quarantine/4711", None).await;
    assert_eq!(none.problem(StatusCode::NOT_FOUND), "not-found");
    let of_one = town.get("/api/v1/quarantine?device=air-2&reason=no-known-field").await;
    assert_eq!(of_one["quarantine"].as_array().expect("rows").len(), 1);
}

#[tokio::test]
async fn a_list_shows_the_begin_of_a_large_payload_and_its_page_all_of_it() {
    let town = Town::new().await;
    let large = vec![b'x'; 10_000];
    town.stores.intake.quarantine(&[quarantined("air-1", &large, Reason::NotJson)]).expect("ok");
    let page = town.get("/api/v1/quarantine").await;
    let listed = &page["quarantine"][0];
    assert_eq!(listed["payload_text"].as_str().expect("text").len(), 2048);
    assert_eq!((&listed["kept_bytes"], &listed["payload_bytes"]), (&10_000.into(), &10_000.into()));
    let whole = town.get(&format!("/api/v1/quarantine/{}", listed["id"])).await;
    assert_eq!(whole["payload_hex"].as_str().expect("hex").len(), 20_000);
}

#[tokio::test]
async fn the_balance_comes_out_even_in_all_and_by_device() {
    let town = Town::new().await;
    let of_1 = Tally { received: 5, stored: 3, quarantined: 2, ..Tally::default() };
    let of_2 = Tally { received: 4, stored: 2, duplicate: 1, unknown_field: 1, ..Tally::default() };
    let tallies = [("air-1".to_owned(), of_1), ("air-2".to_owned(), of_2)];
    town.stores.intake.add_tallies(&tallies).expect("stores");
    let balance = town.get("/api/v1/balance").await;
    assert_eq!(balance["total"]["received"], 9);
    assert_eq!(balance["total"]["balanced"], true);
    assert_eq!(balance["devices"][0]["device"], "air-1", "most quarantined first");
    let summary = town.get("/api/v1/quarantine/summary").await;
    assert_eq!(summary["balance"]["unknown_field"], 1);
    assert_eq!(town.get("/api/v1/devices/air-2").await["tally"]["duplicate"], 1);
}

#[tokio::test]
async fn refused_logins_are_listed() {
    let town = Town::new().await;
    let refusal = LoginRefusal {
        user: "air-1".to_owned(),
        address: "192.0.2.7".to_owned(),
        reason: LoginReason::WrongToken,
        first: NOON,
        last: NOON,
        count: 3,
    };
    town.stores.intake.refuse_logins(&[refusal]).expect("stores");
    let list = town.get("/api/v1/login-refusals").await;
    assert_eq!(list["login_refusals"][0]["reason"], "wrong-token");
    assert_eq!(list["login_refusals"][0]["count"], 3);
}
