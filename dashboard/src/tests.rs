//! The pages from outside: what a browser gets for an address.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use tower::ServiceExt;

use super::*;

async fn get(path: &str) -> Response<Body> {
    let request = Request::get(path).body(Body::empty()).expect("a valid request");
    router().oneshot(request).await.expect("the router never fails")
}

#[tokio::test]
async fn every_page_address_gets_the_application_or_the_way_to_build_it() {
    for path in ["/", "/objects", "/programmes/odesa-city-2024/14.2"] {
        let response = get(path).await;
        let expected = if is_built() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
        assert_eq!(response.status(), expected, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], "text/html; charset=utf-8", "{path}");
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-cache", "{path}");
    }
}

#[test]
fn the_pages_own_scripts_are_named_by_their_digest() {
    assert_eq!(script_digests().starts_with("'sha256-"), is_built());
}

#[tokio::test]
async fn a_missing_script_is_no_page() {
    assert_eq!(get("/_app/immutable/entry/none.js").await.status(), StatusCode::NOT_FOUND);
    assert_eq!(get("/api/v1/nothing").await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn nothing_can_be_posted_to_a_page() {
    let request = Request::post("/objects").body(Body::empty()).expect("a valid request");
    let response = router().oneshot(request).await.expect("the router never fails");
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
}

#[tokio::test]
async fn files_named_after_their_content_are_kept_for_ever() {
    for path in Build::iter() {
        let response = get(&format!("/{path}")).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let cache = response.headers()[header::CACHE_CONTROL].to_str().expect("ascii");
        assert_eq!(cache.contains("immutable"), path.starts_with(IMMUTABLE), "{path}");
    }
}

#[test]
fn built_pages_name_the_sources_they_were_made_from() {
    assert_eq!(source_digest().is_some(), is_built());
    if let Some(digest) = source_digest() {
        assert_eq!(digest.len(), 64, "a SHA-256 in hexadecimal: {digest}");
    }
}
