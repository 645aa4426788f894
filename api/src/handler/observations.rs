//! Observations of an object or of a device: raw or in buckets, as JSON or as a file.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use domain::calendar::{BucketSize, Calendar};
use domain::capture::Span;
use domain::directory::Directory;
use domain::{PropertyId, Timestamp};
use serde::Deserialize;
use utoipa::IntoParams;

use super::{devices, objects};
use crate::config::PERIOD_MS;
use crate::export::{File, Table};
use crate::extract::{Id, Params};
use crate::observe::{Asked, Buckets, Observed};
use crate::problem::Problem;
use crate::state::Api;
use crate::view::{
    BucketWord, CalendarWord, FormatWord, FunctionWord, Moment, ObservationsView, UnitsWord,
};

/// What is asked for.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct Question {
    /// Properties, comma-separated; left out: all of the object.
    #[param(required = false)]
    #[serde(default)]
    pub(crate) property: Option<String>,
    /// Begin, inclusive; left out: 24 h before `to`.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) from: Option<Moment>,
    /// End, exclusive; left out: now.
    #[serde(default)]
    #[param(required = false)]
    pub(crate) to: Option<Moment>,
    /// Length of the buckets; left out: raw observations.
    #[serde(default)]
    pub(crate) bucket: Option<BucketWord>,
    /// Values of the buckets, comma-separated: count, mean, min, max, first, last,
    /// `time_weighted_mean`; left out: all but the last.
    #[serde(default)]
    pub(crate) function: Option<String>,
    /// Whose days and months.
    #[serde(default)]
    pub(crate) calendar: Option<CalendarWord>,
    /// Form of the answer.
    #[serde(default)]
    pub(crate) format: Option<FormatWord>,
    /// Units of the values; left out: canonical for json and csv, of the trade for csv-excel and
    /// xlsx.
    #[serde(default)]
    pub(crate) units: Option<UnitsWord>,
}

/// Observations of the objects on which the device sat, while it sat there.
#[utoipa::path(
    get,
    path = "/devices/{id}/observations",
    tag = "observations",
    params(("id" = String, Path, description = "device id"), Question),
    responses(
        (status = 200, description = "observations", content(
            (ObservationsView = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_device_observations(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
    Params(question): Params<Question>,
) -> Result<Response, Problem> {
    let device = devices::find(&api, &id)?;
    let now = api.now();
    let directory = api.directory.load_full();
    let asked = Asked::of_device(&device, question.period(now)?)?;
    answer(&api, asked, question, directory).await
}

/// Observations of an object, whichever devices brought them.
#[utoipa::path(
    get,
    path = "/objects/{id}/observations",
    tag = "observations",
    params(("id" = String, Path, description = "object id"), Question),
    responses(
        (status = 200, description = "observations", content(
            (ObservationsView = "application/json"),
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        )),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn get_object_observations(
    State(api): State<Arc<Api>>,
    Id(id): Id<String>,
    Params(question): Params<Question>,
) -> Result<Response, Problem> {
    let now = api.now();
    let directory = api.directory.load_full();
    let object = directory.object_by_id(&id).ok_or_else(|| objects::unknown(&id))?;
    let asked = Asked::of_object(object, question.period(now)?);
    answer(&api, asked, question, directory).await
}

impl Question {
    fn period(&self, now: Timestamp) -> Result<Span, Problem> {
        period(self.from, self.to, now)
    }

    fn functions(&self) -> Result<Vec<FunctionWord>, Problem> {
        let Some(text) = &self.function else { return Ok(FunctionWord::USUAL.to_vec()) };
        let read = |word: &str| {
            FunctionWord::parse(word.trim()).ok_or_else(|| {
                let expected = "expected count, mean, min, max, first, last or time_weighted_mean";
                Problem::bad_request(format!("function `{word}`, {expected}"))
            })
        };
        text.split(',').map(read).collect()
    }

    fn buckets(&self) -> Result<Option<Buckets>, Problem> {
        let Some(bucket) = self.bucket else {
            return match (self.calendar, &self.function) {
                (None, None) => Ok(None),
                _ => Err(Problem::bad_request("calendar and function need a bucket")),
            };
        };
        Ok(Some(Buckets {
            size: BucketSize::from(bucket),
            calendar: Calendar::from(self.calendar.unwrap_or_default()),
            functions: self.functions()?,
        }))
    }
}

/// The properties of a question; `None`: all of them.
pub(super) fn properties(text: Option<&str>) -> Result<Option<Vec<PropertyId>>, Problem> {
    let Some(text) = text else { return Ok(None) };
    let read = |word: &str| {
        word.trim()
            .parse()
            .map_err(|error: domain::ids::BadId| Problem::bad_request(format!("property: {error}")))
    };
    text.split(',').map(read).collect::<Result<_, _>>().map(Some)
}

/// The period of a question: 24 h up to now when it says nothing.
pub(super) fn period(
    from: Option<Moment>,
    to: Option<Moment>,
    now: Timestamp,
) -> Result<Span, Problem> {
    let to = to.map_or(now, |to| to.0);
    let from = from.map_or(to.plus_ms(-PERIOD_MS), |from| from.0);
    if from >= to {
        let detail = format!("from is {from}, expected a time before to, which is {to}");
        return Err(Problem::bad_request(detail));
    }
    Ok(Span { from, to })
}

async fn answer(
    api: &Api,
    asked: Asked,
    question: Question,
    directory: Arc<Directory>,
) -> Result<Response, Problem> {
    let format = question.format.unwrap_or_default();
    let units = question.units.unwrap_or(match format {
        FormatWord::Json | FormatWord::Csv => UnitsWord::Canonical,
        FormatWord::CsvExcel | FormatWord::Xlsx => UnitsWord::Display,
    });
    let properties = properties(question.property.as_deref())?;
    let buckets = question.buckets()?;
    api.ask(move |stores| {
        let observed = asked.observe(&*stores.series, &directory, properties, buckets, units)?;
        match format {
            FormatWord::Json => {
                let view: ObservationsView =
                    observed.view(question.bucket, question.calendar.unwrap_or_default());
                Ok(Json(view).into_response())
            }
            FormatWord::Csv => file(&observed, File::Csv),
            FormatWord::CsvExcel => file(&observed, File::CsvExcel),
            FormatWord::Xlsx => file(&observed, File::Xlsx),
        }
    })
    .await
}

fn file(observed: &Observed, form: File) -> Result<Response, Problem> {
    let table = Table::of(observed);
    let body = table.write(form).map_err(|error| Problem::internal(&error))?;
    let name = format!("attachment; filename=\"{}.{}\"", table.name, form.extension());
    let headers =
        [(header::CONTENT_TYPE, form.content_type()), (header::CONTENT_DISPOSITION, &name)];
    Ok((headers, body).into_response())
}
