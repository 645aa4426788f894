use axum::http::{Method, StatusCode};
use domain::Quality;
use domain::change::Change;

use super::{HOUR_MS, NOON, Reading, Stores, Town, ids};

#[tokio::test]
async fn objects_come_in_the_order_in_which_people_count_a_page_at_a_time() {
    let town = Town::new().await;
    let first = town.get("/api/v1/objects?limit=4").await;
    assert_eq!(ids(&first["objects"]), ["air-2", "air-10", "cab-7", "lamp-7-2"]);
    assert_eq!(first["meta"]["total"], 7);
    assert_eq!(first["meta"]["next"], "lamp-7-2");
    let second = town.get("/api/v1/objects?limit=4&after=lamp-7-2").await;
    assert_eq!(ids(&second["objects"]), ["lamp-7-10", "post-italiiska", "tram-4021"]);
    assert!(second["meta"].get("next").is_none());
}

#[tokio::test]
async fn filters_narrow_objects_and_devices() {
    let mut town = Town::new().await;
    town.commit("air-2", NOON.plus_ms(-30_000), &[("pm25", 12.5)]);
    town.get_when("/api/v1/objects/air-2", |o| o["state"] == "fresh").await;
    let pushkinska = "%D0%9F%D1%83%D1%88%D0%BA%D1%96%D0%BD%D1%81%D1%8C%D0%BA%D0%B0";
    for (query, expected) in [
        ("kind=light", vec!["cab-7", "lamp-7-2", "lamp-7-10"]),
        ("zone=feeder-7&q=10", vec!["lamp-7-10"]),
        ("measure=odesa-city-2024/4.2", vec!["tram-4021"]),
        ("measure=odesa-city-2024/14.2", vec!["air-2", "air-10", "post-italiiska"]),
        ("measure=odesa-city-2024&kind=vehicle", vec!["tram-4021"]),
        ("state=fresh", vec!["air-2"]),
        ("state=no-data&kind=air", vec!["air-10", "post-italiiska"]),
        ("community=rozdilna", vec![]),
        (&format!("q={pushkinska}"), vec!["post-italiiska"]),
        ("q=air-1", vec!["air-10", "post-italiiska"]),
    ] {
        let page = town.get(&format!("/api/v1/objects?{query}")).await;
        assert_eq!(ids(&page["objects"]), expected, "{query}");
    }
    for (query, expected) in [
        ("kind=air", vec!["air-1", "air-2", "air-10", "air-spare"]),
        ("state=fresh", vec!["air-2"]),
        ("measure=odesa-city-2024/14.2", vec!["air-1", "air-2", "air-10"]),
        ("zone=kyivskyi", vec!["air-10"]),
        ("kind=air&limit=1&after=air-2", vec!["air-10"]),
    ] {
        let page = town.get(&format!("/api/v1/devices?{query}")).await;
        assert_eq!(ids(&page["devices"]), expected, "{query}");
    }
}

#[tokio::test]
async fn a_question_that_cannot_be_read_is_told_what_was_expected() {
    let town = Town::new().await;
    for (path, words) in [
        ("/api/v1/objects?limit=0", "expected 1 to 1000"),
        ("/api/v1/objects?kind=bird", "expected one of"),
        ("/api/v1/objects?colour=red", "unknown field"),
        ("/api/v1/objects?measure=a/b/c", "measure"),
        ("/api/v1/devices/air-1/observations?from=2026-11-21T10:00:00", "RFC 3339"),
        ("/api/v1/objects/air-2/observations?calendar=noon", "need a bucket"),
        ("/api/v1/live?layers=birds", "expected air, vehicle, light or water"),
        ("/api/v1/quarantine?reason=bored", "expected one of not-json"),
    ] {
        let answer = town.ask(Method::GET, path, None).await;
        assert_eq!(answer.problem(StatusCode::BAD_REQUEST), "bad-request", "{path}");
        assert!(answer.text().contains(words), "{path}: {}", answer.text());
    }
    for (path, code) in [
        ("/api/v1/objects/nobody", "unknown-object"),
        ("/api/v1/devices/nobody", "unknown-device"),
        ("/api/v1/programmes/nobody/measures", "unknown-programme"),
        ("/api/v1/programmes/odesa-city-2024/measures/99", "unknown-measure"),
        ("/api/v1/objects/air-2/observations?property=level", "unknown-property"),
        ("/api/v2/objects", "not-found"),
        ("/tiles/registry.db", "not-found"),
    ] {
        let answer = town.ask(Method::GET, path, None).await;
        assert_eq!(answer.problem(StatusCode::NOT_FOUND), code, "{path}");
    }
    let answer = town.ask(Method::DELETE, "/api/v1/objects", None).await;
    assert_eq!(answer.problem(StatusCode::METHOD_NOT_ALLOWED), "method-not-allowed");
}

#[tokio::test]
async fn the_page_of_an_object_shows_devices_money_and_newest_values() {
    let mut town = Town::new().await;
    let reading = Reading {
        values: &[("pm25", 1200.0), ("temperature", 4.2)],
        texts: &[("status", "measuring")],
        quality: Quality::RANGE,
    };
    town.commit_reading("post-italiiska", NOON.plus_ms(-60_000), &reading);
    let page = town.get_when("/api/v1/objects/post-italiiska", |o| o["state"] == "fresh").await;
    assert_eq!(page["name"], "Пост 1");
    assert_eq!(page["zone"]["id"], "prymorskyi");
    assert_eq!(page["values"]["pm25"], 1200.0);
    assert_eq!(page["installations"][0]["device"]["id"], "air-1");
    assert_eq!(page["installations"][0]["device"]["funding"][0]["source"], "odesa-city-2024/14.2");
    assert!(page["measure_links"][0]["measure_title_uk"].as_str().expect("a title").len() > 10);
    let mut datastreams = page["datastreams"].as_array().expect("datastreams").iter();
    let pm25 = datastreams.find(|d| d["property"] == "pm25").expect("pm25");
    assert_eq!(pm25["latest"]["quality"], serde_json::json!(["range"]));
    assert_eq!(pm25["display"]["unit_uk"], "мкг/м³");
    assert_eq!(page["attributes"][0]["text"], "measuring");
    let latest = town.get("/api/v1/latest?q=post").await;
    assert_eq!(latest["latest"].as_array().expect("values").len(), 2);
    assert_eq!(latest["latest"][0]["measured_at"], "2026-11-22T09:59:00Z");
}

#[tokio::test]
async fn silence_shows_itself_as_time_passes() {
    let mut town = Town::new().await;
    town.commit("air-2", NOON, &[("pm25", 12.5)]);
    for (minutes, state) in [(3, "fresh"), (10, "delayed"), (40, "stale"), (62, "silent")] {
        town.stores.clock.set(NOON.plus_ms(minutes * 60_000));
        town.get_when("/api/v1/objects/air-2", |o| o["state"] == state).await;
    }
    let device = town.get("/api/v1/devices/air-2").await;
    assert_eq!(device["state"], "silent");
    let status = town.get("/api/v1/status").await;
    assert_eq!(status["objects"][0]["by_state"]["silent"], 1);
    assert_eq!(status["objects"][0]["total"], 3);
}

#[tokio::test]
async fn who_took_leave_is_silent_at_once_and_back_with_its_next_word() {
    let mut town = Town::new().await;
    let reading = Reading { values: &[("pm25", 12.5)], ..Reading::default() };
    let change = town.stores.append("air-2", NOON, &reading);
    for (is_gone, state) in [(false, "fresh"), (true, "silent"), (false, "fresh")] {
        town.tell(Change { is_gone, ..change.clone() });
        town.get_when("/api/v1/objects/air-2", |o| o["state"] == state).await;
    }
}

#[tokio::test]
async fn what_is_excused_is_not_silent() {
    let mut town = Town::new().await;
    let depot = Reading {
        values: &[("ignition", 0.0), ("lat", 46.47), ("lon", 30.72)],
        texts: &[("run", "503")],
        quality: Quality::GOOD,
    };
    town.commit_reading("tram-4021", NOON, &depot);
    town.commit("lamp-7-2", NOON, &[("level", 100.0)]);
    town.commit("cab-7", NOON, &[("supply_loss", 1.0), ("contactor", 1.0)]);
    town.stores.clock.set(NOON.plus_ms(3 * HOUR_MS));
    for (object, state) in [
        ("tram-4021", "out-of-service"),
        ("lamp-7-2", "de-energised"),
        ("lamp-7-10", "de-energised"),
        ("cab-7", "de-energised"),
    ] {
        town.get_when(&format!("/api/v1/objects/{object}"), |o| o["state"] == state).await;
    }
    let later = NOON.plus_ms(3 * HOUR_MS);
    town.commit("cab-7", later, &[("supply_loss", 0.0), ("contactor", 0.0)]);
    town.get_when("/api/v1/objects/lamp-7-2", |o| o["state"] == "out-of-service").await;
    town.commit("tram-4021", later, &[("ignition", 1.0)]);
    town.get_when("/api/v1/objects/tram-4021", |o| o["state"] == "fresh").await;
}

#[tokio::test]
async fn after_a_restart_the_view_is_what_the_store_knows() {
    let stores = Stores::new();
    let believed = [("lat", 46.47), ("lon", 30.72), ("ignition", 1.0)];
    stores.append("tram-4021", NOON, &Reading { values: &believed, ..Reading::default() });
    let spoofed = Reading {
        values: &[("lat", 44.0), ("lon", 34.0), ("ignition", 1.0)],
        texts: &[("route", "5")],
        quality: Quality::POSITION_SUSPECT,
    };
    stores.append("tram-4021", NOON.plus_ms(10_000), &spoofed);
    stores.clock.set(NOON.plus_ms(15_000));
    let town = Town::over(stores).await;
    let tram = town.get("/api/v1/objects/tram-4021").await;
    assert_eq!((&tram["lat"], &tram["lon"]), (&46.47.into(), &30.72.into()));
    assert_eq!(tram["suspect"], true);
    assert_eq!(tram["texts"]["route"], "5");
    assert_eq!(tram["state"], "fresh");
    let map = town.get("/api/v1/map?kind=vehicle").await;
    assert_eq!(map["features"][0]["geometry"]["coordinates"], serde_json::json!([30.72, 46.47]));
    assert_eq!(map["features"][0]["properties"]["simulated"], true);
}

#[tokio::test]
async fn a_place_of_more_than_a_quarter_of_an_hour_ago_is_not_where_a_vehicle_is() {
    let stores = Stores::new();
    let believed = [("lat", 46.47), ("lon", 30.72)];
    stores.append("tram-4021", NOON, &Reading { values: &believed, ..Reading::default() });
    let spoofed = Reading {
        values: &[("lat", 44.0), ("lon", 34.0)],
        quality: Quality::POSITION_SUSPECT,
        ..Reading::default()
    };
    let later = NOON.plus_ms(HOUR_MS / 4 + 1);
    stores.append("tram-4021", later, &spoofed);
    stores.clock.set(later);
    let town = Town::over(stores).await;
    let tram = town.get("/api/v1/objects/tram-4021").await;
    assert!(tram["lat"].is_null() && tram["lon"].is_null(), "{tram}");
}
