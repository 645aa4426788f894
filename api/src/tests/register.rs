use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

use super::{HOUR_MS, NOON, Town};

fn new_device() -> Value {
    json!({
        "id": "air-77", "community": "odesa", "kind": "air", "profile": "air-post",
        "name": "Пост «Новий»; 77", "lat": 46.5, "lon": 30.7,
        "funding": "odesa-city-2024/14.2=0.6;grant:EGAP=0.4", "owner": "Департамент екології",
        "commissioned_on": "2026-11-20", "simulated": false,
    })
}

#[tokio::test]
async fn a_registered_device_gets_its_token_once_and_is_there_at_once() {
    let town = Town::new().await;
    let answer = town.ask(Method::POST, "/api/v1/devices", Some(new_device())).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    let created = answer.json();
    assert_eq!(created["token"].as_str().expect("a token").len(), 43);
    assert_eq!(created["device"]["topic"], "obrii/v1/odesa/air/air-77/telemetry");
    assert_eq!(created["device"]["funding"][1]["source"], "grant:EGAP");
    assert_eq!(created["device"]["name"], "Пост «Новий»; 77");
    let object = town.get("/api/v1/objects/air-77").await;
    assert_eq!(object["state"], "no-data");
    let again = town.ask(Method::POST, "/api/v1/devices", Some(new_device())).await;
    assert!(again.json().get("token").is_none(), "a known device keeps its token");
}

#[tokio::test]
async fn a_device_that_was_to_be_new_and_is_there_is_refused_and_left_alone() {
    let town = Town::new().await;
    let mut device = new_device();
    device["id"] = json!("air-1");
    let answer = town.ask_if_new("/api/v1/devices", &device).await;
    assert_eq!(answer.problem(StatusCode::PRECONDITION_FAILED), "exists");
    let error = &answer.json()["errors"][0];
    assert_eq!((&error["pointer"], &error["code"]), (&json!("/id"), &json!("taken")));
    assert_eq!(town.get("/api/v1/devices/air-1").await["name"], "Пост 1");
    let answer = town.ask_if_new("/api/v1/devices", &new_device()).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
}

#[tokio::test]
async fn each_wrong_member_of_a_device_is_pointed_at() {
    let town = Town::new().await;
    let known = json!({ "external_id": "a84041ff01020304" });
    let mut first = new_device();
    first["external_id"] = known["external_id"].clone();
    let answer = town.ask(Method::POST, "/api/v1/devices", Some(first)).await.json();
    assert_eq!(answer["device"]["external_id"], known["external_id"]);
    for (changed, expected) in [
        (json!({ "id": "AIR 77", "owner": "" }), vec!["/id form", "/owner missing"]),
        (json!({ "funding": "" }), vec!["/funding missing"]),
        (json!({ "lat": null, "lon": null, "object": "o-9" }), vec!["/lat missing"]),
        (json!({ "lat": 95.0 }), vec!["/lat form"]),
        (
            json!({ "id": "air-78", "external_id": "a84041ff01020304", "gateway": "no-such" }),
            vec!["/gateway unknown", "/external_id taken"],
        ),
        (
            json!({ "profile": "none", "funding": "odesa-city-2024/99.9" }),
            vec!["/profile unknown", "/funding unknown"],
        ),
    ] {
        let mut device = new_device();
        for (member, value) in changed.as_object().expect("members") {
            device[member] = value.clone();
        }
        let answer = town.ask(Method::POST, "/api/v1/devices", Some(device)).await;
        assert_eq!(answer.problem(StatusCode::UNPROCESSABLE_ENTITY), "refused", "{changed}");
        let errors = answer.json()["errors"].as_array().expect("errors").clone();
        let word = |of: &Value, member: &str| of[member].as_str().expect("a text").to_owned();
        let told: Vec<String> =
            errors.iter().map(|e| format!("{} {}", word(e, "pointer"), word(e, "code"))).collect();
        assert_eq!(told, expected, "{changed}");
    }
}

#[tokio::test]
async fn a_gateway_is_as_fresh_as_what_it_brings_and_counts_in_no_measure() {
    let mut town = Town::new().await;
    let gateway = json!({
        "id": "lora-1", "community": "odesa", "kind": "gateway", "profile": "gateway",
        "name": "Сервер LoRaWAN", "funding": "odesa-city-2024/14.2", "owner": "Департамент екології",
    });
    let mut post = new_device();
    post["gateway"] = json!("lora-1");
    let measure = "/api/v1/programmes/odesa-city-2024/measures/14.2";
    let registered = async |town: &Town| -> u64 {
        let counts = &town.get(measure).await["measure"]["devices"];
        counts["registered"].as_u64().expect("a number")
    };
    let before = registered(&town).await;
    for device in [gateway, post] {
        let answer = town.ask(Method::POST, "/api/v1/devices", Some(device)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    }
    assert_eq!(registered(&town).await, before + 1, "the post, and not its gateway");
    let lora = town.get("/api/v1/devices/lora-1").await;
    assert_eq!(lora["topic"], "obrii/v1/odesa/gateway/lora-1/status");
    assert_eq!(lora["speaks_for"], json!(["air-77"]));
    assert_eq!(lora["state"], "no-data");
    assert!(lora.get("object").is_none());
    town.commit("air-77", NOON.plus_ms(-60_000), &[("pm25", 10.0)]);
    town.get_when("/api/v1/devices/lora-1", |lora| lora["state"] == "fresh").await;
}

#[tokio::test]
async fn a_device_against_the_rules_is_refused_with_the_reason() {
    let town = Town::new().await;
    for (field, value, word) in [
        ("funding", json!("odesa-city-2024/99.9"), "99.9"),
        ("funding", json!(""), "funding"),
        ("profile", json!("no-such-profile"), "no-such-profile"),
        ("commissioned_on", json!("2026-02-30"), "2026-02-30"),
        ("lat", json!(95.0), "95"),
    ] {
        let mut device = new_device();
        device[field] = value;
        let answer = town.ask(Method::POST, "/api/v1/devices", Some(device)).await;
        assert_eq!(answer.problem(StatusCode::UNPROCESSABLE_ENTITY), "refused", "{field}");
        assert!(answer.text().contains(word), "{field}: {}", answer.text());
    }
    let mut device = new_device();
    device["colour"] = json!("red");
    let answer = town.ask(Method::POST, "/api/v1/devices", Some(device)).await;
    assert_eq!(answer.problem(StatusCode::BAD_REQUEST), "bad-request");
    let huge = json!({ "id": "x".repeat(2 * 1024 * 1024) });
    let answer = town.ask(Method::POST, "/api/v1/devices", Some(huge)).await;
    assert_eq!(answer.problem(StatusCode::PAYLOAD_TOO_LARGE), "too-large");
}

#[tokio::test]
async fn a_replaced_device_leaves_its_history_with_the_object() {
    let mut town = Town::new().await;
    town.commit("air-2", NOON.plus_ms(-60_000), &[("pm25", 10.0)]);
    town.stores.clock.set(NOON.plus_ms(HOUR_MS));
    let at = "2026-11-22T12:30:00+02:00";
    let replacement = json!({ "old": "air-2", "new": "air-spare", "at": at });
    let path = "/api/v1/objects/air-2/replace";
    let answer = town.ask(Method::POST, path, Some(replacement.clone())).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    let object = answer.json();
    assert_eq!(object["installations"][0]["device"]["id"], "air-spare");
    assert_eq!(object["installations"][1]["until"], "2026-11-22T10:30:00Z");
    town.commit("air-2", NOON.plus_ms(HOUR_MS), &[("pm25", 20.0)]);
    let values = |of: &Value| -> Vec<f64> {
        let observations = of["series"][0]["observations"].as_array().expect("raw");
        observations.iter().map(|o| o["value"].as_f64().expect("a number")).collect()
    };
    let period = "property=pm25&from=2026-11-22T00:00:00Z&to=2026-11-22T23:00:00Z";
    let of_object = town.get(&format!("/api/v1/objects/air-2/observations?{period}")).await;
    let of_old = town.get(&format!("/api/v1/devices/air-2/observations?{period}")).await;
    let of_new = town.get(&format!("/api/v1/devices/air-spare/observations?{period}")).await;
    assert_eq!(values(&of_object), [10.0, 20.0]);
    assert_eq!(values(&of_old), [10.0]);
    assert_eq!(values(&of_new), [20.0]);
    let again = town.ask(Method::POST, path, Some(replacement)).await;
    assert_eq!(again.problem(StatusCode::UNPROCESSABLE_ENTITY), "refused");
    let refusal = again.json();
    assert_eq!(refusal["reason"], "not-on-object");
    assert_eq!(refusal["parameters"], json!({ "device": "air-2", "object": "air-2" }));
    let future = json!({ "old": "air-spare", "new": "air-2", "at": "2027-01-01T00:00:00Z" });
    let answer = town.ask(Method::POST, path, Some(future)).await;
    assert_eq!(answer.problem(StatusCode::UNPROCESSABLE_ENTITY), "refused");
}

#[test]
fn a_device_over_the_api_has_all_columns_of_the_file() {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.serialize(crate::view::NewDevice::default()).expect("a row");
    let text = String::from_utf8(file.into_inner().expect("written")).expect("UTF-8");
    let mut columns: Vec<&str> = text.lines().next().expect("a header").split(',').collect();
    let mut expected = store::device_file::COLUMNS.to_vec();
    columns.sort_unstable();
    expected.sort_unstable();
    assert_eq!(columns, expected);
}
