//! Which path leads to which handler, and the `OpenAPI` document that follows from it.

use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderValue, Method, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get};
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use utoipa_swagger_ui::SwaggerUi;

use crate::config::{ANSWER_MAX, BODY_BYTES_MAX};
use crate::export::File;
use crate::handler::{
    corrections, devices, exports, health, holds, latest, live, map, objects, observations,
    profiles, programmes, quarantine, status, tiles, trial, unknown, work_list, zones,
};
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{FormatWord, LiveDelta, LiveHeartbeat, LiveObject, LivePatch};

/// What stands in the document besides the handlers.
#[derive(OpenApi)]
#[openapi(
    info(title = "Obrii", description = "The telemetry platform for Ukrainian cities. Times are \
        RFC 3339 in UTC; numbers are in canonical units unless a unit stands beside them."),
    components(schemas(FormatWord, LiveDelta, LiveHeartbeat, LiveObject, LivePatch)),
    tags(
        (name = "objects", description = "What people name: posts, vehicles, luminaires, meters"),
        (name = "devices", description = "What is screwed to them"),
        (name = "observations", description = "What they measured"),
        (name = "programmes", description = "Who paid"),
        (name = "quarantine", description = "What could not be used"),
        (name = "registry", description = "Profiles, properties and zones"),
        (name = "live", description = "The live stream"),
        (name = "status", description = "The platform about itself"),
    ),
)]
struct Document;

fn versioned() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(devices::list_devices, devices::create_device))
        .routes(routes!(devices::get_device))
        .routes(routes!(unknown::list_unknown_devices))
        .routes(routes!(observations::get_device_observations))
        .routes(routes!(corrections::list_device_corrections))
        .routes(routes!(objects::list_objects))
        .routes(routes!(objects::get_object))
        .routes(routes!(objects::replace_device))
        .routes(routes!(observations::get_object_observations))
        .routes(routes!(corrections::list_object_corrections))
        .routes(routes!(corrections::list_newest_corrections))
        .routes(routes!(holds::list_object_holds))
        .routes(routes!(exports::list_exports, exports::create_export))
        .routes(routes!(exports::get_export))
        .routes(routes!(exports::get_export_file))
        .routes(routes!(latest::list_latest))
        .routes(routes!(map::get_map))
        .routes(routes!(programmes::list_programmes))
        .routes(routes!(programmes::list_measures))
        .routes(routes!(programmes::get_measure))
        .routes(routes!(quarantine::list_quarantine))
        .routes(routes!(quarantine::get_quarantine_summary))
        .routes(routes!(quarantine::get_quarantined))
        .routes(routes!(work_list::replay_quarantined))
        .routes(routes!(work_list::discard_quarantined))
        .routes(routes!(quarantine::list_login_refusals))
        .routes(routes!(quarantine::get_balance))
        .routes(routes!(profiles::list_profiles))
        .routes(routes!(profiles::get_profile, profiles::edit_profile))
        .routes(routes!(profiles::list_properties))
        .routes(routes!(trial::try_profile))
        .routes(routes!(zones::list_zones))
        .routes(routes!(status::get_status))
        .routes(routes!(live::follow_live))
}

fn documented() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::with_openapi(Document::openapi()).nest("/api/v1", versioned())
}

/// The `OpenAPI` document of this build.
pub fn openapi() -> utoipa::openapi::OpenApi {
    documented().into_openapi()
}

/// Everything that is answered: the API, its document and viewer, health, metrics, tiles, and the
/// dashboard for the rest.
pub(crate) fn router(api: Arc<Api>, dashboard: Router) -> Router {
    let (documented, document) = documented().split_for_parts();
    let viewer = SwaggerUi::new("/api/docs").url("/api/openapi.json", document);
    let compressed = SizeAbove::new(1024)
        .and(NotForContentType::SSE)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new("application/octet-stream"))
        .and(NotForContentType::const_new(File::Xlsx.content_type()));
    documented
        .route("/health/live", get(health::get_live))
        .route("/health/ready", get(health::get_ready))
        .route("/metrics", get(health::get_metrics))
        .route("/metrics/devices", get(health::get_device_metrics))
        .route("/tiles/{file}", get(tiles::get_tiles))
        .route("/api/{*rest}", any(not_found))
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(Arc::clone(&api))
        .merge(viewer)
        .fallback_service(dashboard)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(middleware::from_fn(in_time))
        .layer(CompressionLayer::new().compress_when(compressed))
        .layer(middleware::from_fn_with_state(Arc::clone(&api), measure))
        .layer(middleware::from_fn_with_state(api, secure))
}

async fn not_found(uri: Uri) -> Problem {
    Problem::new(Code::NotFound, format!("`{}` is no page of the API", uri.path()))
}

async fn method_not_allowed(method: Method, uri: Uri) -> Problem {
    let detail = format!("`{}` cannot be asked with {method}", uri.path());
    Problem::new(Code::MethodNotAllowed, detail)
}

/// Ends what takes too long; the live stream has answered long before.
async fn in_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(ANSWER_MAX, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let detail = format!("the answer took longer than {} s", ANSWER_MAX.as_secs());
        Problem::new(Code::Unavailable, detail).into_response()
    })
}

/// Counts the request and how long it took until its answer began.
async fn measure(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let begin = Instant::now();
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map(|path| path.as_str().to_owned());
    let response = next.run(request).await;
    let route = route.as_deref().unwrap_or("dashboard");
    api.metrics.count(&method, route, response.status().as_u16(), begin.elapsed());
    response
}

/// Headers that keep a browser from doing with our pages what they do not need.
async fn secure(State(api): State<Arc<Api>>, request: Request, next: Next) -> Response {
    let is_of_the_moment = request.uri().path().starts_with("/api/v1/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, api.content_security_policy.clone());
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    if is_of_the_moment {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    /// `OBRII_BLESS=1 cargo test -p api openapi` writes the document anew.
    #[test]
    fn the_openapi_document_in_the_repository_is_that_of_the_handlers() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi.json");
        let document = super::openapi().to_pretty_json().expect("serialisable") + "\n";
        if std::env::var_os("OBRII_BLESS").is_some() {
            std::fs::write(&file, &document).expect("the file can be written");
        }
        let kept = std::fs::read_to_string(&file).unwrap_or_default();
        assert!(
            kept == document,
            "api/openapi.json is stale: run OBRII_BLESS=1 cargo test -p api openapi"
        );
    }
}
