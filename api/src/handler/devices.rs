//! Devices: list, one, register.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::directory::DeviceEntry;
use domain::search::natural_cmp;
use domain::{DeviceId, Timestamp};
use store::registry::ImportError;

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
    let tallies = api.ask(|stores| Ok(stores.intake.tallies()?)).await?;
    let tally = tallies.into_iter().find(|(of, _)| *of == id).map(|(_, tally)| tally);
    let mut view = present(&api, &device).await?;
    view.tally = Some(tally.unwrap_or_default().into());
    Ok(Json(view))
}

/// Registers one device, as a row of the device file would; the token is shown this once.
#[utoipa::path(
    post,
    path = "/devices",
    tag = "devices",
    request_body = NewDevice,
    responses(
        (status = 201, body = DeviceCreated),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn create_device(
    State(api): State<Arc<Api>>,
    Body(new): Body<NewDevice>,
) -> Result<(StatusCode, Json<DeviceCreated>), Problem> {
    let now = api.now();
    let (id, token) = api.ask(move |stores| register(stores, &new, now)).await?;
    api.take_directory().await;
    let device = find(&api, id.as_str())?;
    let device = present(&api, &device).await?;
    Ok((StatusCode::CREATED, Json(DeviceCreated { device, token })))
}

/// The device file's reader checks what came, so that both ways have one set of rules.
fn register(
    stores: &Stores,
    new: &NewDevice,
    now: Timestamp,
) -> Result<(DeviceId, Option<String>), Problem> {
    let mut file = csv::Writer::from_writer(Vec::new());
    file.serialize(new).map_err(|e| Problem::internal(&e))?;
    let file = file.into_inner().map_err(|e| Problem::internal(&e))?;
    let refused = |lines: Vec<store::LineError>| {
        let reasons: Vec<String> = lines.into_iter().map(|line| line.reason).collect();
        Problem::new(Code::Refused, reasons.join("; "))
    };
    let rows = store::device_file::read(file.as_slice(), "device").map_err(refused)?;
    let [row] = rows.as_slice() else {
        return Err(Problem::new(Code::Refused, "one device was expected"));
    };
    let made = stores.registry.import_devices(&rows, now).map_err(|error| match error {
        ImportError::Refused(lines) => refused(lines),
        ImportError::Registry(error) => error.into(),
    })?;
    (stores.refresh)()?;
    let token = made.into_iter().next().map(|(_, token)| token.reveal().to_owned());
    Ok((row.id.clone(), token))
}

/// A device of the directory.
pub(super) fn find(api: &Api, id: &str) -> Result<Arc<DeviceEntry>, Problem> {
    let directory = api.directory.load();
    directory.device(id).map(Arc::clone).ok_or_else(|| {
        Problem::new(Code::UnknownDevice, format!("device `{id}` is not in the registry"))
    })
}

async fn present(api: &Api, device: &DeviceEntry) -> Result<DeviceView, Problem> {
    let documents = api.documents().await?;
    Ok(api.feed.read(|view| device_view(device, view, &documents)))
}
