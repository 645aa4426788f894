use axum::http::{Method, StatusCode};

use super::{HOUR_MS, NOON, Town};

#[tokio::test]
async fn a_correction_gives_both_values_and_the_newer_arrival_stands() {
    let mut town = Town::new().await;
    let time = NOON.plus_ms(-HOUR_MS);
    town.commit("air-2", time, &[("pm25", 10.0), ("pm10", 20.0)]);
    town.stores.clock.set(NOON.plus_ms(HOUR_MS));
    town.commit("air-2", time, &[("pm25", 12.5), ("pm10", 20.0)]);
    let period = "from=2026-11-22T00:00:00Z&to=2026-11-23T00:00:00Z";
    for whose in ["objects/air-2", "devices/air-2"] {
        let view = town.get(&format!("/api/v1/{whose}/corrections?{period}")).await;
        let series = view["series"].as_array().expect("series");
        assert_eq!(series.len(), 1, "what was only repeated is not corrected: {view}");
        assert_eq!(series[0]["property"], "pm25");
        let corrections = series[0]["corrections"].as_array().expect("corrections");
        assert_eq!(corrections.len(), 1);
        let (old, new) = (&corrections[0]["old"], &corrections[0]["new"]);
        assert_eq!((&old["value"], &new["value"]), (&10.0.into(), &12.5.into()));
        assert_eq!(old["arrived_at"], "2026-11-22T10:00:00Z");
        assert_eq!(new["arrived_at"], "2026-11-22T11:00:00Z");
        assert_eq!(old["time"], new["time"]);
        assert_eq!(new["quality"][0], "corrected");
    }
    let path = format!("/api/v1/objects/air-2/observations?property=pm25&{period}");
    let stands = town.get(&path).await;
    assert_eq!(stands["series"][0]["observations"][0]["value"], 12.5);
    let path = format!("/api/v1/objects/air-2/corrections?property=pm10&{period}");
    assert_eq!(town.get(&path).await["series"].as_array().map(Vec::len), Some(0));
}

#[tokio::test]
async fn corrections_of_any_time_come_by_their_arrival_a_page_at_a_time() {
    let mut town = Town::new().await;
    let long_ago = NOON.plus_ms(-200 * 24 * HOUR_MS);
    for (arrived_ms, time, value) in [
        (0, long_ago, 10.0),
        (0, NOON, 20.0),
        (HOUR_MS, NOON, 21.0),
        (2 * HOUR_MS, NOON, 22.0),
        (3 * HOUR_MS, long_ago, 11.0),
    ] {
        town.stores.clock.set(NOON.plus_ms(arrived_ms));
        town.commit("air-2", time, &[("pm25", value)]);
    }
    let path = "/api/v1/objects/air-2/corrections/newest?limit=2";
    let first = town.get(path).await;
    let rows = first["corrections"].as_array().expect("corrections");
    let values = |row: &serde_json::Value| {
        let [old, new] = ["old", "new"].map(|one| row[one]["value"].as_f64().expect("a value"));
        (old, new, row["stands"].as_bool().expect("a word"))
    };
    assert_eq!(
        rows.iter().map(values).collect::<Vec<_>>(),
        [(10.0, 11.0, true), (21.0, 22.0, true)]
    );
    assert_eq!((&rows[0]["property"], &rows[0]["kind"]), (&"pm25".into(), &"number".into()));
    assert_eq!(rows[0]["old"]["arrived_at"], "2026-11-22T10:00:00Z");
    assert_eq!(rows[0]["new"]["arrived_at"], "2026-11-22T13:00:00Z");
    assert_eq!(first["meta"]["total"], 3);
    let next = first["meta"]["next"].as_str().expect("there is more");
    let rest = town.get(&format!("{path}&after={next}")).await;
    assert_eq!(
        rest["corrections"].as_array().expect("rows").iter().map(values).collect::<Vec<_>>(),
        [(20.0, 21.0, false)]
    );
    assert!(rest["meta"].get("next").is_none());
    let none = town.get("/api/v1/objects/air-10/corrections/newest").await;
    assert_eq!((&none["meta"]["total"], &none["corrections"]), (&0.into(), &serde_json::json!([])));
    for (wrong, status) in [
        ("air-2/corrections/newest?after=7", StatusCode::BAD_REQUEST),
        ("air-2/corrections/newest?limit=0", StatusCode::BAD_REQUEST),
        ("nobody/corrections/newest", StatusCode::NOT_FOUND),
    ] {
        let answer = town.ask(Method::GET, &format!("/api/v1/objects/{wrong}"), None).await;
        answer.problem(status);
    }
}
