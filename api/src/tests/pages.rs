use std::io::Read;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use tower::ServiceExt;

use super::{Answer, Town, ids};

#[tokio::test]
async fn every_answer_carries_the_headers_that_protect_a_browser() {
    let town = Town::new().await;
    for path in ["/", "/api/v1/status", "/api/v1/nowhere", "/metrics"] {
        let answer = town.ask(Method::GET, path, None).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.starts_with("default-src 'self';"), "{path}: {policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
    }
}

#[tokio::test]
async fn what_is_none_of_the_apis_is_the_dashboards() {
    let town = Town::new().await;
    assert_eq!(town.ask(Method::GET, "/objects/air-1", None).await.text(), "the dashboard");
    assert_eq!(town.ask(Method::GET, "/health/live", None).await.text(), "alive\n");
    assert_eq!(town.ask(Method::GET, "/health/ready", None).await.status, StatusCode::OK);
    let metrics = town.ask(Method::GET, "/metrics", None).await.text();
    assert!(metrics.contains("obrii_objects{kind=\"air\",state=\"no-data\"} 3"), "{metrics}");
    assert!(metrics.contains("route=\"/health/live\""), "{metrics}");
    assert!(metrics.ends_with("obrii_stored_total 7\n# EOF\n"), "{metrics}");
}

#[tokio::test]
async fn the_document_and_its_viewer_are_served_without_the_internet() {
    let town = Town::new().await;
    let document = town.get("/api/openapi.json").await;
    assert!(document["paths"]["/api/v1/live"].is_object());
    let viewer = town.ask(Method::GET, "/api/docs/", None).await;
    assert_eq!(viewer.status, StatusCode::OK);
    assert!(!viewer.text().contains("https://"), "{}", viewer.text());
}

#[tokio::test]
async fn tiles_are_read_in_ranges_and_nothing_else_of_the_folder_is() {
    let town = Town::new().await;
    let file = town.stores.folder.path().join("odesa.pmtiles");
    std::fs::write(file, b"PMTiles-0123456789").expect("writes");
    let request = Request::get("/tiles/odesa.pmtiles").header(header::RANGE, "bytes=8-11");
    let request = request.body(Body::empty()).expect("a request");
    let part = Answer::of(town.router.clone().oneshot(request).await.expect("infallible")).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.body, b"0123");
    assert_eq!(part.header("content-range"), "bytes 8-11/18");
    assert_eq!(town.get("/api/v1/status").await["tiles"], serde_json::json!(["odesa"]));
    std::fs::create_dir_all(town.stores.folder.path().join("below")).expect("a folder");
    std::fs::write(town.stores.folder.path().join("below/hidden.pmtiles"), "hidden")
        .expect("written");
    for path in ["/tiles/registry.db", "/tiles/below%2Fhidden.pmtiles", "/tiles/none.pmtiles"] {
        let answer = town.ask(Method::GET, path, None).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn large_json_is_compressed_for_those_who_take_it() {
    let town = Town::new().await;
    let request = Request::get("/api/v1/profiles").header(header::ACCEPT_ENCODING, "gzip");
    let request = request.body(Body::empty()).expect("a request");
    let answer = Answer::of(town.router.clone().oneshot(request).await.expect("infallible")).await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    let mut text = String::new();
    let mut unpacked = flate2::read::GzDecoder::new(answer.body.as_slice());
    unpacked.read_to_string(&mut text).expect("gzip");
    assert!(text.contains("\"air-post\""));
}

#[tokio::test]
async fn answers_of_the_moment_are_kept_by_no_cache() {
    let town = Town::new().await;
    let answer = town.ask(Method::GET, "/api/v1/status", None).await;
    assert_eq!(answer.header("cache-control"), "no-store");
}

#[tokio::test]
async fn status_names_the_city_and_says_that_it_is_a_demo() {
    let town = Town::new().await;
    let status = town.get("/api/v1/status").await;
    assert_eq!(status["demo"], true);
    assert_eq!(status["devices"], 8);
    assert_eq!(status["ready"], true);
    let communities = ids(&status["communities"]);
    assert!(communities.contains(&"odesa") && communities.contains(&"rozdilna"));
    let zones = town.get("/api/v1/zones").await;
    let mut zones = zones["zones"].as_array().expect("zones").iter();
    let feeder = zones.find(|z| z["id"] == "feeder-7").expect("the feeder");
    assert_eq!((&feeder["kind"], &feeder["objects"]), (&"feeder".into(), &3.into()));
}
