use serde_json::Value;

use super::{HOUR_MS, NOON, Town, ids};

fn row<'a>(rows: &'a Value, id: &str) -> &'a Value {
    rows.as_array().expect("rows").iter().find(|row| row["id"] == id).expect("the row")
}

#[tokio::test]
async fn five_programmes_are_listed_with_their_disagreements() {
    let town = Town::new().await;
    let list = town.get("/api/v1/programmes").await;
    let programmes = list["programmes"].as_array().expect("programmes");
    assert_eq!(programmes.len(), 5);
    let disagreements: u64 =
        programmes.iter().map(|p| p["disagreements"].as_u64().expect("a number")).sum();
    assert_eq!(disagreements, 11);
    assert_eq!(row(&list["programmes"], "odesa-oblast-2021")["draft"], true);
    assert_eq!(row(&list["programmes"], "odesa-city-2024")["devices"]["registered"], 4);
}

#[tokio::test]
async fn rows_of_a_programme_stand_after_their_parents_in_natural_order() {
    let town = Town::new().await;
    let programme = town.get("/api/v1/programmes/odesa-city-2024/measures").await;
    let ids = ids(&programme["measures"]);
    let place = |id: &str| ids.iter().position(|i| *i == id).expect("there");
    assert!(place("1.2") < place("1.10") && place("4.2.1") < place("4.3"));
    assert!(place("9") < place("10"));
    for row in programme["measures"].as_array().expect("rows") {
        if let Some(parent) = row["parent"].as_str() {
            assert!(place(parent) < place(row["id"].as_str().expect("an id")), "{row}");
        }
    }
    let above = row(&programme["measures"], "4");
    assert_eq!(above["devices"]["registered"], 1, "devices of rows below count above");
    assert_eq!(programme["totals"][0]["total_kuah"], 425_559.8);
    assert_eq!(programme["totals"][0]["by_year"][0]["year"], 2024);
    assert_eq!(programme["disagreements"][0]["code"], "outside-term");
    assert_eq!(programme["disagreements"][0]["measure"], "25.5");
}

#[tokio::test]
async fn a_measure_counts_its_devices_and_what_came_of_them() {
    let mut town = Town::new().await;
    for minute in 0..30 {
        town.commit("post-italiiska", NOON.plus_ms(-minute * 60_000), &[("pm25", 12.0)]);
    }
    town.get_when("/api/v1/objects/post-italiiska", |o| o["state"] == "fresh").await;
    let from = NOON.plus_ms(-HOUR_MS);
    let path = "/api/v1/programmes/odesa-city-2024/measures/14.2";
    let measure = town.get(&format!("{path}?from={from}&to={NOON}")).await;
    let counts = &measure["measure"]["devices"];
    assert_eq!(counts["registered"], 3);
    assert_eq!(counts["commissioned"], 2);
    assert_eq!(counts["live"], 1);
    assert_eq!(counts["silent"], 1, "air-10 is not commissioned: nobody expects it");
    assert_eq!(ids(&measure["devices"]), ["air-1", "air-2", "air-10"]);
    // Two commissioned posts owe a reading a minute; that of noon is not of the hour before it.
    assert_eq!(measure["capture"]["expected"], 120);
    assert_eq!(measure["capture"]["delivered"], 29);
    let percent = measure["capture"]["percent"].as_f64().expect("a number");
    assert!((percent - 29.0 / 120.0 * 100.0).abs() < 1e-9, "{percent}");
    let of_a_day = town.get(path).await;
    assert_eq!(of_a_day["capture"]["delivered"], 29, "the last 24 hours when nothing is said");
    assert_eq!(of_a_day["ancestors"][0]["level"], "direction");
}

#[tokio::test]
async fn a_device_that_was_just_registered_owes_since_its_commissioning() {
    let town = Town::new().await;
    let device = serde_json::json!({
        "id": "leak-1", "community": "rozdilna", "kind": "water", "profile": "leak-sensor",
        "name": "Датчик 1", "lat": 46.8, "lon": 30.1, "funding": "rozdilna-2026/3.4",
        "owner": "Водоканал", "commissioned_on": "2026-11-20",
    });
    let answer = town.ask(axum::http::Method::POST, "/api/v1/devices", Some(device)).await;
    assert!(answer.status.is_success(), "{}", answer.text());
    let measure = town.get("/api/v1/programmes/rozdilna-2026/measures/3.4").await;
    assert_eq!(measure["capture"]["expected"], 1, "one sign of life a day");
    assert_eq!(measure["capture"]["delivered"], 0);
    assert_eq!(measure["measure"]["devices"]["silent"], 1);
}

#[tokio::test]
async fn a_tram_in_the_depot_owes_nothing() {
    let mut town = Town::new().await;
    for (minutes, ignition) in [(-60, 0.0), (-10, 1.0), (-5, 0.0)] {
        town.commit("tram-4021", NOON.plus_ms(minutes * 60_000), &[("ignition", ignition)]);
    }
    let from = NOON.plus_ms(-HOUR_MS);
    let path = "/api/v1/programmes/odesa-city-2024/measures/4.2.1";
    let measure = town.get(&format!("{path}?from={from}&to={NOON}")).await;
    assert_eq!(measure["capture"]["expected"], 30, "five minutes at a reading every 10 s");
    assert_eq!(measure["capture"]["delivered"], 3);
}

#[tokio::test]
async fn an_hour_in_service_is_found_in_a_month() {
    let mut town = Town::new().await;
    let day = |days: i64| NOON.plus_ms(days * 24 * HOUR_MS);
    for (time, ignition) in [
        (day(-31), 1.0),
        (day(-30), 0.0),
        (day(-20), 1.0),
        (day(-20).plus_ms(HOUR_MS / 2), 1.0),
        (day(-20).plus_ms(HOUR_MS), 0.0),
        (day(-3), 0.0),
    ] {
        town.commit("tram-4021", time, &[("ignition", ignition)]);
    }
    let path = "/api/v1/programmes/odesa-city-2024/measures/4.2.1";
    let measure = town.get(&format!("{path}?from={}&to={NOON}", day(-30))).await;
    assert_eq!(measure["capture"]["expected"], 360, "an hour at a reading every 10 s");
    assert_eq!(measure["capture"]["delivered"], 5);
}
