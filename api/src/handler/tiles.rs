//! Tile archives of the data folder, read in ranges by the map.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use tower::ServiceExt;
use tower_http::services::ServeFile;

use crate::extract::Id;
use crate::problem::{Code, Problem};
use crate::state::Api;

const EXTENSION: &str = "pmtiles";

/// Names of the archives in the folder, sorted.
pub(crate) async fn names(data_dir: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(mut folder) = tokio::fs::read_dir(data_dir).await else { return names };
    while let Ok(Some(file)) = folder.next_entry().await {
        let path = PathBuf::from(file.file_name());
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        if let Some(stem) = stem.filter(|stem| is_archive(&path) && is_plain(stem)) {
            names.push(stem.to_owned());
        }
    }
    names.sort();
    names
}

/// One archive; `Range` is answered with the part asked for.
pub(crate) async fn get_tiles(
    State(api): State<Arc<Api>>,
    Id(file): Id<String>,
    request: Request,
) -> Result<Response, Problem> {
    let path = Path::new(&file);
    if !is_archive(path) || !is_plain(&file) {
        let detail = format!("`{file}` is no tile archive, expected a name like odesa.pmtiles");
        return Err(Problem::new(Code::NotFound, detail));
    }
    let served = ServeFile::new(api.data_dir.join(path)).oneshot(request).await;
    Ok(served.into_response())
}

fn is_archive(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == EXTENSION)
}

/// Nothing that could lead out of the folder.
fn is_plain(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphanumeric())
        && name.bytes().all(|c| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'_' | b'.'))
}
