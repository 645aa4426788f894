//! Devices: list, one, register.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use domain::directory::DeviceEntry;
use domain::search::natural_cmp;
use domain::{DeviceId, Timestamp};
use store::registry::ImportError;
use store::{LineError, Mistake};

use super::filter::Filter;
use crate::extract::{Body, Id, Params};
use crate::page::Selection;
use crate::present::{device_state, device_view};
use crate::problem::{Code, Problem};
use crate::state::{Api, Stores};
use crate::view::{DeviceCreated, DevicePage, DeviceView, NewDevice};

/// Devices that fit the filter, a page at a time.
#[utoipa::path(
    get,
    path = "/devices",
    tag = "devices",
    params(Filter),
    responses(
        (status = 200, body = DevicePage),
        (status = 400, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn list_devices(
    State(api): State<Arc<Api>>,
    Params(filter): Params<Filter>,
) -> Result<Json<DevicePage>, Problem> {
    let selection = Selection::new(filter)?;
    let documents = api.documents().await?;
    Ok(api.feed.read(|view| {
        let mut fit: Vec<&DeviceEntry> = view
            .directory()
            .devices()
            .map(|d| &**d)
            .filter(|device| {
                let binding = device.bindings.last();
                let on = binding.and_then(|b| view.entry(b.object.no));
                selection.takes_device(device, on, device_state(device, view))
            })
            .collect();
        fit.sort_by(|a, b| natural_cmp(a.device.id.as_str(), b.device.id.as_str()));
        let (page, meta) = selection.page(fit, |d| d.device.id.as_str());
        let devices = page.into_iter().map(|d| device_view(d, view, &documents)).collect();
        Json(DevicePage { devices, meta })
    }))
}

/// One device with its papers and the balance of its readings.
#[utoipa::path(
    get,
    path = "/devices/{id}",
    tag = "devices",
    params(("id" = String, Path, description = "device id")),
    responses(
        (status = 200, body = DeviceView),
        (status = 404, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_device(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
) -> Result<Json<DeviceView>, Problem> {
    let device = find(&api, &id)?;
    let tally = api.ask(move |stores| Ok(stores.intake.tally_of(&id)?)).await?;
    let mut view = present(&api, &device).await?;
    view.tally = Some(tally.into());
    view.speaks_for = Some(speaks_for(&api, device.device.id.as_str()));
    Ok(Json(view))
}

/// The devices for which one may speak, in natural order.
fn speaks_for(api: &Api, id: &str) -> Vec<String> {
    let directory = api.directory.load();
    let bound = directory.bound_to(id).iter();
    let mut ids: Vec<String> = bound.map(|entry| entry.device.id.to_string()).collect();
    ids.sort_by(|a, b| natural_cmp(a, b));
    ids
}

/// Registers one device, as a row of the device file would; the token is shown this once. One that
/// is there is changed, unless the request says `If-None-Match: *`.
#[utoipa::path(
    post,
    path = "/devices",
    tag = "devices",
    params(("If-None-Match" = Option<String>, Header, description = "`*`: only when it is new")),
    request_body = NewDevice,
    responses(
        (status = 201, body = DeviceCreated),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 412, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_device(
    State(api): State<Arc<Api>>,
    headers: HeaderMap,
    Body(new): Body<NewDevice>,
) -> Result<(StatusCode, Json<DeviceCreated>), Problem> {
    let now = api.now();
    let must_be_new = headers.get(header::IF_NONE_MATCH).is_some_and(|value| value == "*");
    let (id, token) = api.ask(move |stores| register(stores, &new, must_be_new, now)).await?;
    api.take_directory().await;
    let device = find(&api, id.as_str())?;
    let device = present(&api, &device).await?;
    Ok((StatusCode::CREATED, Json(DeviceCreated { device, token })))
}

/// The device file's reader checks what came, so that both ways have one set of rules.
fn register(
    stores: &Stores,
    new: &NewDevice,
    must_be_new: bool,
    now: Timestamp,
) -> Result<(DeviceId, Option<String>), Problem> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.serialize(new).map_err(|e| Problem::internal(&e))?;
    let file = file.into_inner().map_err(|e| Problem::internal(&e))?;
    let refused = |code| move |mistakes| Problem::of_row(code, mistakes);
    let read = store::device_file::read(file.as_slice(), "device");
    let rows = read.map_err(refused(Code::Refused))?;
    let [row] = rows.as_slice() else {
        return Err(Problem::new(Code::Refused, "one device was expected"));
    };
    let made = if must_be_new {
        stores.registry.add_devices(&rows, now)
    } else {
        stores.registry.import_devices(&rows, now)
    };
    let made = made.map_err(|error| match error {
        ImportError::Refused(mistakes) => {
            let is_there = must_be_new && mistakes.iter().any(is_id_taken);
            let code = if is_there { Code::Exists } else { Code::Refused };
            Problem::of_row(code, mistakes)
        }
        ImportError::Registry(error) => error.into(),
    })?;
    (stores.refresh)()?;
    let token = made.into_iter().next().map(|(_, token)| token.reveal().to_owned());
    Ok((row.id.clone(), token))
}

fn is_id_taken(mistake: &LineError) -> bool {
    let cell = mistake.cell.as_ref();
    cell.is_some_and(|cell| cell.column == "id" && cell.mistake == Mistake::Taken)
}

/// A device of the directory.
pub(super) fn find(api: &Api, id: &str) -> Result<Arc<DeviceEntry>, Problem> {
    let directory = api.directory.load();
    directory.device(id).map(Arc::clone).ok_or_else(|| {
        let detail = format!("device `{id}` is not in the registry");
        Problem::unknown(Code::UnknownDevice, detail, id)
    })
}

async fn present(api: &Api, device: &DeviceEntry) -> Result<DeviceView, Problem> {
    let documents = api.documents().await?;
    Ok(api.feed.read(|view| device_view(device, view, &documents)))
}
