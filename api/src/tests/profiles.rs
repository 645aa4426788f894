use axum::http::{Method, StatusCode};
use domain::elements::Elements;
use domain::intake::Reason;
use serde_json::{Value, json};
use store::intake::Quarantined;

use super::{Answer, NOON, Town};

const POST: &str = "/api/v1/profiles/air-post";

async fn put(town: &Town, path: &str, body: Value) -> Answer {
    town.ask(Method::PUT, path, Some(body)).await
}

/// The air post as a form, and what is said of a change to it.
async fn edit(town: &Town, change: impl FnOnce(&mut Value)) -> Value {
    let mut form = town.get(POST).await["form"].clone();
    change(&mut form);
    json!({"draft": {"form": form}, "author": "О. Шевчук", "remark": "лист", "based_on": 1})
}

fn mistakes(answer: &Answer) -> Vec<(String, String, String)> {
    assert_eq!(answer.problem(StatusCode::UNPROCESSABLE_ENTITY), "refused");
    let word = |mistake: &Value, key| mistake[key].as_str().expect("a text").to_owned();
    let json = answer.json();
    let mistakes = json["errors"].as_array().expect("errors").iter();
    mistakes.map(|m| (word(m, "pointer"), word(m, "code"), word(m, "given"))).collect()
}

#[tokio::test]
async fn profiles_are_listed_with_their_edition_and_the_devices_that_follow_them() {
    let town = Town::new().await;
    let list = town.get("/api/v1/profiles").await;
    let rows = list["profiles"].as_array().expect("profiles");
    let row = |id: &str| rows.iter().find(|row| row["id"] == id).expect("shipped");
    assert_eq!(row("air-post")["devices"], 4);
    assert_eq!(row("air-post")["edition"]["origin"], "shipped");
    assert_eq!(row("tasmota-plug")["devices"], 0);
    assert_eq!(row("tasmota-plug")["fields"][0]["pointer"], "/ENERGY/Power");
}

#[tokio::test]
async fn a_form_becomes_the_next_edition_and_both_editions_can_be_read() {
    let town = Town::new().await;
    let body = edit(&town, |form| {
        form["interval_s"] = 30.into();
        form["fields"].as_array_mut().expect("fields").push(json!({"name": "volume"}));
    });
    let made = put(&town, POST, body.await).await;
    assert_eq!(made.status, StatusCode::OK, "{}", made.text());
    let detail = town.get(POST).await;
    assert_eq!(detail["profile"]["interval_s"], 30);
    assert_eq!(detail["editions"][0]["author"], "О. Шевчук");
    assert_eq!(detail["editions"][0]["number"], 2);
    assert_eq!(detail["editions"][1]["origin"], "shipped");
    assert!(detail["text"].as_str().expect("a file").starts_with("# Air-quality post. A reading"));
    let streams = town.get("/api/v1/objects/post-italiiska").await["datastreams"].clone();
    let mut streams = streams.as_array().expect("datastreams").iter();
    assert!(streams.any(|stream| stream["property"] == "volume"), "devices follow at once");
    let before = town.get(&format!("{POST}?edition=1")).await;
    assert_eq!(before["profile"]["interval_s"], 60);
    assert_eq!(before["profile"]["edition"]["number"], 1);
    let none = town.ask(Method::GET, &format!("{POST}?edition=3"), None).await;
    assert_eq!(none.problem(StatusCode::NOT_FOUND), "unknown-profile");
    let none = town.ask(Method::GET, "/api/v1/profiles/no-such", None).await;
    assert_eq!(none.problem(StatusCode::NOT_FOUND), "unknown-profile");
}

#[tokio::test]
async fn a_new_profile_is_made_from_its_file() {
    let town = Town::new().await;
    let text = town.get(POST).await["text"].as_str().expect("a file").to_owned();
    let text = text.replace("\"air-post\"", "\"own-post\"");
    let body = json!({
        "draft": {"text": text}, "author": "О. Шевчук", "remark": "власний пост", "based_on": 0,
    });
    let made = put(&town, "/api/v1/profiles/own-post", body.clone()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text());
    assert_eq!(made.json()["text"], text);
    let again = put(&town, "/api/v1/profiles/own-post", body.clone()).await;
    assert_eq!((again.status, &again.json()["editions"][1]), (StatusCode::OK, &Value::Null));
    let elsewhere = put(&town, POST, body).await;
    assert_eq!(mistakes(&elsewhere), [("/id".into(), "other-id".into(), "own-post".into())]);
}

#[tokio::test]
async fn every_mistake_is_told_with_its_place_in_the_form() {
    let town = Town::new().await;
    let wrong = edit(&town, |form| {
        form["regime"] = "sometimes".into();
        form["fields"][2]["unit"] = "tons".into();
    });
    let expected = [
        ("/regime".into(), "not-one-of".into(), "sometimes".into()),
        ("/fields/2/unit".into(), "unknown-unit".into(), "tons".into()),
    ];
    assert_eq!(mistakes(&put(&town, POST, wrong.await).await), expected);
    let lost = edit(&town, |form| drop(form["fields"].as_array_mut().expect("fields").remove(0)));
    let mut lost = lost.await;
    let refused = put(&town, POST, lost.clone()).await;
    assert_eq!(mistakes(&refused), [("/drops".into(), "lost-property".into(), "pm1".into())]);
    lost["drops"] = json!(["pm1"]);
    assert_eq!(put(&town, POST, lost.clone()).await.status, StatusCode::OK);
    lost["draft"]["form"]["interval_s"] = 30.into();
    let late = put(&town, POST, lost).await;
    assert_eq!(mistakes(&late), [(String::new(), "outdated".into(), "2".into())]);
    let both = json!({"draft": {}, "author": "О. Шевчук", "remark": "лист"});
    let neither = put(&town, POST, both).await;
    assert_eq!(neither.problem(StatusCode::BAD_REQUEST), "bad-request");
}

async fn tried(town: &Town, message: Value) -> Answer {
    let mut body = json!({"draft": {"text": town.get(POST).await["text"]}});
    body.as_object_mut().expect("a body").extend(message.as_object().expect("a message").clone());
    town.ask(Method::POST, "/api/v1/test-bench", Some(body)).await
}

#[tokio::test]
async fn the_bench_shows_values_in_both_units_whichever_way_the_payload_is_written() {
    let town = Town::new().await;
    for (payload, encoding) in [("2.5", "text"), ("32 2E 35", "hex"), ("Mi41", "base64")] {
        let message = json!({"topic": "tele/x/SENSOR", "payload": payload, "encoding": encoding});
        let trial = tried(&town, message).await.json()["trial"].clone();
        let reading = &trial["readings"][0];
        assert_eq!(reading["time"], "2026-11-22T10:00:00Z", "{trial}");
        assert_eq!(reading["quality"], json!(["no-device-time"]));
        assert_eq!(reading["unknown"], json!([{"name": "mood", "value": "good"}]));
        let value = &reading["values"][0];
        assert_eq!((&value["property"], &value["value"]), (&json!("pm1"), &json!(2.5)));
        assert_eq!((&value["display_value"], &value["quality"]), (&json!(2.5), &json!(["range"])));
        assert_eq!(trial["left"], 3);
    }
    let message = json!({"topic": "tele/x/SENSOR", "payload": "3", "encoding": "hex"});
    let odd = tried(&town, message).await;
    assert_eq!(odd.problem(StatusCode::BAD_REQUEST), "bad-request");
}

#[tokio::test]
async fn the_bench_takes_a_message_from_quarantine_as_it_came() {
    let town = Town::new().await;
    let row = |payload: &[u8], payload_bytes| Quarantined {
        device: "air-1".to_owned(),
        topic: "tele/air-1/SENSOR".to_owned(),
        payload: payload.to_vec(),
        payload_bytes,
        reason: Reason::BadElement,
        detail: String::new(),
        elements: Some(Elements::one(4)),
        readings: 1,
        sound: 0,
        arrived_at: NOON.plus_ms(-1000),
        gateway: "broker".to_owned(),
        speaker: None,
    };
    town.stores.intake.quarantine(&[row(b"7", 1), row(b"?", 1), row(b"7", 2)]).expect("stores");
    let rows = town.get("/api/v1/quarantine").await["quarantine"].clone();
    assert_eq!(rows[0]["profile"], "air-post");
    let cut = tried(&town, json!({"quarantine": rows[0]["id"]})).await;
    assert_eq!(cut.problem(StatusCode::UNPROCESSABLE_ENTITY), "refused");
    let bad = tried(&town, json!({"quarantine": rows[1]["id"]})).await.json()["trial"].clone();
    assert_eq!(bad["unusable"][0]["detail"], "`?` on `tele/air-1/SENSOR`");
    assert_eq!((&bad["unusable"][0]["element"], &bad["readings"]), (&json!(4), &json!([])));
    let good = tried(&town, json!({"quarantine": rows[2]["id"]})).await.json()["trial"].clone();
    assert_eq!(good["readings"][0]["time"], "2026-11-22T09:59:59Z");
    let gone = tried(&town, json!({"quarantine": 4711})).await;
    assert_eq!(gone.problem(StatusCode::NOT_FOUND), "not-found");
    let neither = tried(&town, json!({"topic": "tele/x/SENSOR"})).await;
    assert_eq!(neither.problem(StatusCode::BAD_REQUEST), "bad-request");
}

#[tokio::test]
async fn the_bench_shows_a_draft_as_form_and_file_with_all_that_is_wrong_with_it() {
    let town = Town::new().await;
    let bench = async |draft: Value, message: Value| {
        let mut body = json!({"draft": draft});
        body.as_object_mut().expect("a body").extend(message.as_object().expect("one").clone());
        town.ask(Method::POST, "/api/v1/test-bench", Some(body)).await.json()
    };
    let detail = town.get(POST).await;
    let of_form = bench(json!({"form": detail["form"]}), json!({})).await;
    assert_eq!(of_form["errors"], json!([]));
    let of_text = bench(json!({"text": of_form["text"]}), json!({})).await;
    assert_eq!((&of_text["form"], &of_text["trial"]), (&detail["form"], &Value::Null));
    let mut wrong = detail["form"].clone();
    wrong["fields"][0]["unit"] = "tons".into();
    let message = json!({"topic": "tele/x/SENSOR", "payload": "1"});
    let of_wrong = bench(json!({"form": wrong}), message).await;
    assert_eq!(of_wrong["errors"][0]["pointer"], "/fields/0/unit");
    assert_eq!((&of_wrong["form"], &of_wrong["trial"]), (&wrong, &Value::Null));
    let unreadable = bench(json!({"text": "id = "}), json!({})).await;
    assert_eq!(
        (&unreadable["form"], &unreadable["errors"][0]["code"]),
        (&Value::Null, &json!("form"))
    );
}

#[tokio::test]
async fn properties_come_with_the_units_in_which_devices_may_send_them() {
    let town = Town::new().await;
    let list = town.get("/api/v1/properties").await;
    let all = list["properties"].as_array().expect("properties");
    let property = |id: &str| all.iter().find(|p| p["id"] == id).expect("known");
    assert_eq!(property("temperature")["units"], json!(["°C", "°F", "K"]));
    assert_eq!(property("no2")["units"], json!(["µg/m³", "mg/m³"]));
    assert_eq!(property("no2")["factor_units"], json!(["ppb", "ppm"]));
    assert_eq!(property("flow")["factor_units"], json!([]));
}
