use std::io::Cursor;

use axum::http::Method;
use calamine::{Data, Reader, Xlsx};
use domain::Quality;

use super::{Answer, HOUR_MS, NOON, Reading, Town};

/// Two readings of the tram (simulated) and two of the post, an hour apart.
async fn town() -> Town {
    let mut town = Town::new().await;
    for (hours, value) in [(-2, 10.0), (-1, 20.5)] {
        let time = NOON.plus_ms(hours * HOUR_MS);
        town.commit("post-italiiska", time, &[("pm25", value), ("wind_direction", 350.0)]);
        let reading = Reading {
            values: &[("speed", value / 3.6)],
            texts: &[("route", "=5")],
            quality: Quality::RATE,
        };
        town.commit_reading("tram-4021", time, &reading);
    }
    town
}

async fn file(town: &Town, path: &str) -> Answer {
    let answer = town.ask(Method::GET, path, None).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text());
    answer
}

fn records(bytes: &[u8], delimiter: u8) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(bytes);
    let record = |r: csv::StringRecord| r.iter().map(str::to_owned).collect();
    reader.records().map(|r| record(r.expect("csv"))).collect()
}

#[tokio::test]
async fn files_for_programs_have_commas_points_and_iso_times() {
    let town = town().await;
    let path = "/api/v1/objects/post-italiiska/observations?property=pm25&format=csv";
    let answer = file(&town, path).await;
    assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8");
    let name = "attachment; filename=\"post-italiiska_2026-11-21_2026-11-22.csv\"";
    assert_eq!(answer.header("content-disposition"), name);
    let rows = records(&answer.body, b',');
    assert_eq!(rows[0], ["object", "time", "pm25 [µg/m³]", "pm25 quality"]);
    assert_eq!(rows[1], ["post-italiiska", "2026-11-22T08:00:00Z", "10", ""]);
    assert_eq!(rows[2], ["post-italiiska", "2026-11-22T09:00:00Z", "20.5", ""]);
    assert_eq!(rows.len(), 3);
}

#[tokio::test]
async fn what_is_simulated_says_so_in_name_and_first_row() {
    let town = town().await;
    for (format, end) in [("csv", "csv"), ("csv-excel", "csv"), ("xlsx", "xlsx")] {
        let path = format!("/api/v1/devices/tram-4021/observations?format={format}");
        let answer = file(&town, &path).await;
        let name = answer.header("content-disposition");
        assert!(name.contains("\"demo-tram-4021_"), "{name}");
        assert!(name.ends_with(&format!(".{end}\"")), "{name}");
        let first = match format {
            "xlsx" => sheet(&answer)[0][0].to_string(),
            _ => records(&answer.body, b',')[0][0].clone(),
        };
        assert!(first.contains("ДЕМО-ДАНІ"), "{format}: {first}");
    }
}

#[tokio::test]
async fn spreadsheets_in_ukraine_get_semicolons_commas_units_of_the_trade_and_no_formula() {
    let town = town().await;
    let path = "/api/v1/objects/tram-4021/observations?property=speed,route&format=csv-excel";
    let answer = file(&town, path).await;
    let body = answer.body.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    let rows = records(body, b';');
    assert_eq!(
        rows[1],
        [
            "Об’єкт",
            "Час (Київ)",
            "Час (UTC)",
            "Швидкість, км/год",
            "Швидкість, достовірність",
            "Маршрут"
        ]
    );
    let first = ["tram-4021", "2026-11-22 10:00:00", "2026-11-22T08:00:00Z", "10,0", "rate", "'=5"];
    assert_eq!(rows[2], first);
    assert_eq!(rows[3][3], "20,5");
}

fn sheet(answer: &Answer) -> Vec<Vec<Data>> {
    let mut book: Xlsx<_> =
        calamine::open_workbook_from_rs(Cursor::new(answer.body.clone())).expect("a workbook");
    let sheet = book.worksheet_range_at(0).expect("a sheet").expect("readable");
    sheet.rows().map(<[Data]>::to_vec).collect()
}

#[tokio::test]
async fn workbooks_keep_identifiers_as_text_and_numbers_as_numbers() {
    let town = town().await;
    let path = "/api/v1/objects/post-italiiska/observations?property=pm25&format=xlsx";
    let rows = sheet(&file(&town, path).await);
    assert_eq!(rows[0][0], Data::String("Об’єкт".into()));
    assert_eq!(rows[0][3], Data::String("Пил PM2.5, мкг/м³".into()));
    assert_eq!(rows[1][0], Data::String("post-italiiska".into()));
    assert_eq!(rows[1][2], Data::String("2026-11-22T08:00:00Z".into()));
    assert_eq!(rows[2][3], Data::Float(20.5));
    let Data::DateTime(time) = &rows[1][1] else { panic!("no date: {:?}", rows[1][1]) };
    let of_day = time.as_f64().fract() * 24.0;
    assert!((of_day - 10.0).abs() < 1e-6, "ten o'clock in Kyiv, {of_day}");
}

#[tokio::test]
async fn buckets_follow_their_calendar_and_show_gaps_as_gaps() {
    let town = town().await;
    let path = "/api/v1/objects/post-italiiska/observations?property=pm25,wind_direction\
                &bucket=hour&from=2026-11-22T07:00:00Z&to=2026-11-22T10:00:00Z";
    let view = town.get(path).await;
    let buckets = view["series"][0]["buckets"].as_array().expect("buckets");
    let counts: Vec<u64> = buckets.iter().map(|b| b["count"].as_u64().expect("n")).collect();
    assert_eq!(counts, [0, 1, 1]);
    assert!(buckets[0].get("mean").is_none(), "a gap has no mean");
    assert_eq!(buckets[1]["mean"], 10.0);
    let wind = &view["series"][1]["buckets"][1];
    assert!((wind["mean"].as_f64().expect("a mean") - 350.0).abs() < 1e-6, "{wind}");
    assert!(wind.get("max").is_none(), "directions have no largest");
    let path = "/api/v1/objects/post-italiiska/observations?property=pm25&bucket=day&function=mean\
                &calendar=noon&from=2026-11-22T07:00:00Z&to=2026-11-22T10:00:00Z&format=csv";
    let rows = records(&file(&town, path).await.body, b',');
    assert_eq!(rows[0], ["object", "begin", "end", "pm25 mean [µg/m³]"]);
    let noon = ["post-italiiska", "2026-11-21T10:00:00Z", "2026-11-22T10:00:00Z", "15.25"];
    assert_eq!(rows[1], noon);
}

#[tokio::test]
async fn a_state_is_weighted_by_the_time_it_held() {
    let mut town = Town::new().await;
    for (minutes, value) in [(-70, 0.0), (-40, 1.0), (-10, 0.0)] {
        town.commit("cab-7", NOON.plus_ms(minutes * 60_000), &[("contactor", value)]);
    }
    let path = "/api/v1/objects/cab-7/observations?property=contactor&bucket=hour\
                &function=mean,time_weighted_mean&from=2026-11-22T09:00:00Z&to=2026-11-22T10:00:00Z";
    let bucket = &town.get(path).await["series"][0]["buckets"][0];
    assert_eq!(bucket["mean"], 0.5);
    assert_eq!(bucket["time_weighted_mean"], 0.6, "30 of the 50 minutes until the newest value");
    assert_eq!(bucket["known_s"], 3000.0);
    let path = path.replace("&function=mean,time_weighted_mean", "");
    let bucket = &town.get(&path).await["series"][0]["buckets"][0];
    assert!(bucket.get("time_weighted_mean").is_none(), "only when asked for: {bucket}");
}
