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
