use axum::http::{Method, StatusCode};
use domain::intake::{LoginReason, Reason, Tally};
use serde_json::{Value, json};
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
        elements: None,
        readings: 1,
        sound: 0,
        arrived_at: NOON,
        gateway: "broker".to_owned(),
        speaker: None,
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
    let of_one = town.get("/api/v1/balance?device=air-2").await;
    assert_eq!(of_one["devices"].as_array().map(Vec::len), Some(1));
    assert_eq!(
        (&of_one["devices"][0]["received"], &of_one["total"]["received"]),
        (&4.into(), &9.into())
    );
    let metrics = town.ask(Method::GET, "/metrics", None).await.text();
    for line in [
        "obrii_balance_readings{part=\"received\"} 9\n",
        "obrii_balance_readings{part=\"unknown_field\"} 1\n",
    ] {
        assert!(metrics.contains(line), "{line} is not in\n{metrics}");
    }
    let of_devices = town.ask(Method::GET, "/metrics/devices", None).await.text();
    let line = "obrii_device_balance_readings{device=\"air-2\",part=\"duplicate\"} 1\n";
    assert!(of_devices.contains(line) && of_devices.ends_with("# EOF\n"), "{of_devices}");
}

#[tokio::test]
async fn refused_logins_are_listed() {
    let town = Town::new().await;
    let refusal = LoginRefusal {
        user: "air-1".to_owned(),
        address: "192.0.2.7".to_owned(),
        reason: LoginReason::WrongToken,
        gateway: "broker".to_owned(),
        first: NOON,
        last: NOON,
        count: 3,
    };
    town.stores.intake.refuse_logins(&[refusal]).expect("stores");
    let list = town.get("/api/v1/login-refusals").await;
    assert_eq!(list["login_refusals"][0]["reason"], "wrong-token");
    assert_eq!(list["login_refusals"][0]["count"], 3);
}

async fn post(town: &Town, what: &str, body: Value) -> super::Answer {
    town.ask(Method::POST, &format!("/api/v1/quarantine/{what}"), Some(body)).await
}

#[tokio::test]
async fn a_group_is_replayed_and_what_still_cannot_be_used_is_told() {
    let town = Town::new().await;
    let mut rows = vec![quarantined("air-1", b"{}", Reason::UnknownDevice); 1_001];
    rows.push(quarantined("nobody", b"{}", Reason::UnknownDevice));
    rows.push(quarantined("air-1", b"{", Reason::NotJson));
    town.stores.intake.quarantine(&rows).expect("stores");
    let group = json!({"reason": "unknown-device"});
    let first = post(&town, "replay", group).await.json();
    assert_eq!((&first["replayed"], &first["left"]), (&json!(1_000), &json!(2)));
    let rest = json!({"reason": "unknown-device", "after": first["next"]});
    let second = post(&town, "replay", rest).await.json();
    assert_eq!((&second["replayed"], &second["left"]), (&json!(1), &json!(0)));
    assert_eq!(second["unusable"][0]["reason"], "unknown-device");
    assert!(second.get("next").is_none());
    let page = town.get("/api/v1/quarantine").await;
    let left: Vec<_> = page["quarantine"].as_array().expect("rows").iter().collect();
    assert_eq!(left.len(), 2);
    assert_eq!(left[1]["id"], second["unusable"][0]["id"]);
    let one = json!({"ids": [left[0]["id"]]});
    assert_eq!(post(&town, "replay", one).await.json()["replayed"], 1);
}

#[tokio::test]
async fn rows_are_discarded_with_a_remark_and_leave_the_list() {
    let town = Town::new().await;
    let rows = ["air-1", "", "air-2"].map(|device| quarantined(device, b"{", Reason::NotJson));
    town.stores.intake.quarantine(&rows).expect("stores");
    let unknown = json!({"device": "", "remark": "перевірка"});
    let done = post(&town, "discard", unknown).await.json();
    assert_eq!(done, json!({"discarded": 1, "left": 0}));
    let groups = town.get("/api/v1/quarantine/summary").await;
    assert_eq!(groups["groups"].as_array().expect("groups").len(), 2);
    for remark in [" ", &"x".repeat(501)] {
        let refused = post(&town, "discard", json!({"device": "air-1", "remark": remark})).await;
        assert_eq!(refused.problem(StatusCode::BAD_REQUEST), "bad-request");
    }
}

#[tokio::test]
async fn what_was_settled_is_shown_with_its_remark_and_worked_on_no_more() {
    let town = Town::new().await;
    let rows = ["air-1", "air-2", "air-10"].map(|of| quarantined(of, b"{", Reason::NotJson));
    town.stores.intake.quarantine(&rows).expect("stores");
    let discard = json!({"device": "air-1", "remark": " обірваний пакет "});
    assert_eq!(post(&town, "discard", discard).await.json()["discarded"], 1);
    assert_eq!(post(&town, "replay", json!({"device": "air-2"})).await.json()["replayed"], 1);

    let discarded = town.get("/api/v1/quarantine?state=discarded").await;
    let row = &discarded["quarantine"][0];
    assert_eq!(discarded["quarantine"].as_array().map(Vec::len), Some(1));
    assert_eq!((&row["device"], &row["state"]), (&"air-1".into(), &"discarded".into()));
    assert_eq!(row["remark"], "обірваний пакет");
    assert_eq!(row["settled_at"], "2026-11-22T10:00:00Z");
    let whole = town.get(&format!("/api/v1/quarantine/{}", row["id"])).await;
    assert_eq!((&whole["remark"], &whole["payload_hex"]), (&row["remark"], &"7b".into()));
    let replayed = town.get("/api/v1/quarantine?state=replayed&reason=not-json").await;
    assert_eq!(replayed["quarantine"][0]["device"], "air-2");
    assert!(replayed["quarantine"][0].get("remark").is_none());
    let none = town.get("/api/v1/quarantine?state=replayed&device=air-1").await;
    assert_eq!(none["quarantine"], json!([]));
    for open in ["", "?state=open"] {
        let open = town.get(&format!("/api/v1/quarantine{open}")).await;
        assert_eq!(open["quarantine"].as_array().map(Vec::len), Some(1));
        assert_eq!(open["quarantine"][0]["state"], "open");
    }
    let wrong = town.ask(Method::GET, "/api/v1/quarantine?state=gone", None).await;
    assert_eq!(wrong.problem(StatusCode::BAD_REQUEST), "bad-request");

    let again = json!({"ids": [row["id"]], "remark": "again"});
    assert_eq!(post(&town, "discard", again).await.json()["discarded"], 0);
    assert_eq!(post(&town, "replay", json!({"ids": [row["id"]]})).await.json()["replayed"], 0);
}

#[tokio::test]
async fn any_device_of_many_is_found_in_the_balance() {
    let town = Town::new().await;
    let busy = Tally { received: 2, quarantined: 2, ..Tally::default() };
    let mut tallies: Vec<_> = (0..1_000).map(|n| (format!("meter-{n}"), busy)).collect();
    let quiet = Tally { received: 3, stored: 3, late: 1, ..Tally::default() };
    tallies.extend(["air-1", "air-10"].map(|device| (device.to_owned(), quiet)));
    town.stores.intake.add_tallies(&tallies).expect("stores");
    let found = async |query: &str| {
        let balance = town.get(&format!("/api/v1/balance{query}")).await;
        let devices = balance["devices"].as_array().expect("devices").iter();
        let ids: Vec<_> = devices.map(|of| of["device"].as_str().expect("id").to_owned()).collect();
        (balance["found"].as_u64().expect("a number"), ids)
    };
    let (all, shown) = found("").await;
    assert_eq!((all, shown.len()), (1_002, 1_000));
    assert!(!shown.contains(&"air-10".to_owned()), "those without quarantine come last");
    assert_eq!(found("?q=AIR-10").await, (1, vec!["air-10".to_owned()]));
    assert_eq!(found("?q=meter-777").await, (1, vec!["meter-777".to_owned()]));
    let by_address = found("?q=%D0%BF%D1%83%D1%88%D0%BA%D1%96%D0%BD%D1%81%D1%8C%D0%BA%D0%B0").await;
    assert_eq!(by_address, (1, vec!["air-1".to_owned()]), "by the street's old name");
    assert_eq!(found("?q=nobody").await, (0, vec![]));
    let object = town.get("/api/v1/objects/post-italiiska").await;
    let tally = &object["installations"][0]["device"]["tally"];
    assert_eq!((&tally["stored"], &tally["late"]), (&3.into(), &1.into()));
}

#[tokio::test]
async fn a_choice_of_nothing_of_too_much_or_of_an_unknown_reason_is_refused() {
    let town = Town::new().await;
    let many: Vec<i64> = (0..1_001).collect();
    for body in [json!({}), json!({"ids": many}), json!({"reason": "ugly"}), json!({"all": true})] {
        let refused = post(&town, "replay", body).await;
        assert_eq!(refused.problem(StatusCode::BAD_REQUEST), "bad-request");
    }
    let away = quarantined("later", b"{}", Reason::UnknownDevice);
    town.stores.intake.quarantine(&[away]).expect("stores");
    let away = post(&town, "replay", json!({"device": "later"})).await;
    assert_eq!(away.problem(StatusCode::SERVICE_UNAVAILABLE), "unavailable");
}
