//! The web application and the few lines that embed its build.
//!
//! The pages are a static `SvelteKit` build in `dashboard/web/build`. Cargo builds without Node.js:
//! when the build is missing, every page says how to make it. Addresses that name no file get
//! `index.html`, whose script draws the page of that address.

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderValue, Method, Response, StatusCode, Uri, header};
use rust_embed::{EmbeddedFile, RustEmbed};

#[derive(RustEmbed)]
#[folder = "web/build"]
#[allow_missing = true]
struct Build;

/// File that every page address falls back to.
const INDEX: &str = "index.html";

/// Files below this folder carry a digest of their content in their name.
const IMMUTABLE: &str = "_app/immutable/";

/// Shown on every address when the pages were not built.
const MISSING: &str = "<!doctype html>\
<html lang=\"uk\"><meta charset=\"utf-8\"><title>Обрій</title>\
<body style=\"font:16px/1.5 sans-serif;max-width:40rem;margin:4rem auto;padding:0 1rem\">\
<h1>Обрій</h1>\
<p>Сторінки не зібрано. Виконайте <code>make dashboard</code> і зберіть програму знову.</p>\
<p lang=\"en\">The pages are not built. Run <code>make dashboard</code> and build the program \
again.</p>";

/// Whether the pages are in this binary.
pub fn is_built() -> bool {
    Build::get(INDEX).is_some()
}

/// Digest of the sources that the embedded pages were built from (`npm run verify` compares it
/// with the sources), `None` when they were not built.
pub fn source_digest() -> Option<String> {
    let file = Build::get("digest.txt")?;
    Some(String::from_utf8_lossy(&file.data).trim().to_owned())
}

/// What a content security policy has to allow beside the files: the digests of the page's own
/// inline scripts, as `script-src` writes them. Empty when the pages were not built.
pub fn script_digests() -> String {
    let Some(index) = Build::get(INDEX) else { return String::new() };
    let page = String::from_utf8_lossy(&index.data);
    let digests = page.split('\'').filter(|part| part.starts_with("sha256-"));
    digests.map(|digest| format!("'{digest}'")).collect::<Vec<_>>().join(" ")
}

/// The pages as a router, to be the fallback of the API's.
pub fn router() -> Router {
    Router::new().fallback(serve_page)
}

async fn serve_page(method: Method, uri: Uri) -> Response<Body> {
    if method != Method::GET && method != Method::HEAD {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "only GET and HEAD are served here\n");
    }
    let path = uri.path().trim_start_matches('/');
    if let Some(file) = Build::get(path) {
        return respond(path, file);
    }
    if path.starts_with("_app/") || path.starts_with("api/") || path.starts_with("city/") {
        return plain(StatusCode::NOT_FOUND, "no such file\n");
    }
    match Build::get(INDEX) {
        Some(file) => respond(INDEX, file),
        None => html(StatusCode::SERVICE_UNAVAILABLE, MISSING),
    }
}

fn respond(path: &str, file: EmbeddedFile) -> Response<Body> {
    let cache = if path.starts_with(IMMUTABLE) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    };
    let mut response = Response::new(Body::from(file.data.into_owned()));
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    if let Ok(kind) = HeaderValue::from_str(content_type(path, &file.metadata)) {
        headers.insert(header::CONTENT_TYPE, kind);
    }
    response
}

fn content_type<'a>(path: &str, metadata: &'a rust_embed::Metadata) -> &'a str {
    match path.rsplit_once('.').map(|(_, extension)| extension) {
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("html") => "text/html; charset=utf-8",
        Some("geojson") => "application/geo+json",
        _ => metadata.mimetype(),
    }
}

fn plain(status: StatusCode, text: &'static str) -> Response<Body> {
    with_type(status, "text/plain; charset=utf-8", text)
}

fn html(status: StatusCode, text: &'static str) -> Response<Body> {
    with_type(status, "text/html; charset=utf-8", text)
}

fn with_type(status: StatusCode, kind: &'static str, text: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from(text));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

#[cfg(test)]
mod tests;
