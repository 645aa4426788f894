//! Which path leads to which handler, and the `OpenAPI` document that follows from it.

use std::sync::Arc;

use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::handler::{
    devices, latest, live, map, objects, observations, profiles, programmes, quarantine, status,
};
use crate::state::Api;
use crate::view::{LiveDelta, LiveHeartbeat, LiveObject, LivePatch};

/// What stands in the document besides the handlers.
#[derive(OpenApi)]
#[openapi(
    info(title = "Obrii", description = "The telemetry platform for Ukrainian cities. Times are \
        RFC 3339 in UTC; numbers are in canonical units unless a unit stands beside them."),
    components(schemas(LiveDelta, LiveHeartbeat, LiveObject, LivePatch)),
    tags(
        (name = "objects", description = "What people name: posts, vehicles, luminaires, meters"),
        (name = "devices", description = "What is screwed to them"),
        (name = "observations", description = "What they measured"),
        (name = "programmes", description = "Who paid"),
        (name = "quarantine", description = "What could not be used"),
        (name = "registry", description = "Profiles and zones"),
        (name = "live", description = "The live stream"),
        (name = "status", description = "The platform about itself"),
    ),
)]
struct Document;

fn versioned() -> OpenApiRouter<Arc<Api>> {
    OpenApiRouter::new()
        .routes(routes!(devices::list_devices, devices::create_device))
        .routes(routes!(devices::get_device))
        .routes(routes!(observations::get_device_observations))
        .routes(routes!(objects::list_objects))
        .routes(routes!(objects::get_object))
        .routes(routes!(objects::replace_device))
        .routes(routes!(observations::get_object_observations))
        .routes(routes!(latest::list_latest))
        .routes(routes!(map::get_map))
        .routes(routes!(programmes::list_programmes))
        .routes(routes!(programmes::list_measures))
        .routes(routes!(programmes::get_measure))
        .routes(routes!(quarantine::list_quarantine))
        .routes(routes!(quarantine::get_quarantine_summary))
        .routes(routes!(quarantine::list_login_refusals))
        .routes(routes!(quarantine::get_balance))
        .routes(routes!(profiles::list_profiles))
        .routes(routes!(profiles::list_zones))
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
