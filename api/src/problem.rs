//! The one HTTP error and its one envelope: RFC 9457 problem details. A failure of ours says
//! nothing to the client and everything to the log.

use std::collections::BTreeMap;

use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use store::profile_file::BadProfile;
use store::{LineError, Refusal, WrongCell};
use utoipa::ToSchema;

use crate::config::EXPORT_RETRY_S;
use crate::view::MemberError;

/// Problem details.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct Problem {
    /// Stable code: `urn:obrii:problem:unknown-object`.
    #[serde(rename = "type")]
    #[schema(value_type = String, example = "urn:obrii:problem:unknown-object")]
    code: Code,
    /// What kind of problem it is.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What was wrong this time, and what was expected.
    detail: String,
    /// Which members of the body are wrong, when it is these.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<MemberError>,
    /// Why the registry refuses, as a stable code: `other-kind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// What the problem is about, by name: `id`, `device`, `since`; times are RFC 3339.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    parameters: BTreeMap<&'static str, String>,
}

/// The stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum Code {
    /// A parameter or body that cannot be read.
    #[serde(rename = "urn:obrii:problem:bad-request")]
    BadRequest,
    /// Readable, and against the rules of the registry.
    #[serde(rename = "urn:obrii:problem:refused")]
    Refused,
    /// It is there, and was to be new.
    #[serde(rename = "urn:obrii:problem:exists")]
    Exists,
    /// No such object.
    #[serde(rename = "urn:obrii:problem:unknown-object")]
    UnknownObject,
    /// No such device.
    #[serde(rename = "urn:obrii:problem:unknown-device")]
    UnknownDevice,
    /// No such profile, or no such edition of it.
    #[serde(rename = "urn:obrii:problem:unknown-profile")]
    UnknownProfile,
    /// No such programme.
    #[serde(rename = "urn:obrii:problem:unknown-programme")]
    UnknownProgramme,
    /// No such measure.
    #[serde(rename = "urn:obrii:problem:unknown-measure")]
    UnknownMeasure,
    /// No such property at this object.
    #[serde(rename = "urn:obrii:problem:unknown-property")]
    UnknownProperty,
    /// No such page or file.
    #[serde(rename = "urn:obrii:problem:not-found")]
    NotFound,
    /// The page is there, and cannot be asked that way.
    #[serde(rename = "urn:obrii:problem:method-not-allowed")]
    MethodNotAllowed,
    /// More observations than one answer carries.
    #[serde(rename = "urn:obrii:problem:too-many-observations")]
    TooManyObservations,
    /// The body is larger than taken.
    #[serde(rename = "urn:obrii:problem:too-large")]
    TooLarge,
    /// As many exports run as may.
    #[serde(rename = "urn:obrii:problem:busy")]
    Busy,
    /// The store is busy or away.
    #[serde(rename = "urn:obrii:problem:unavailable")]
    Unavailable,
    /// Our failure.
    #[serde(rename = "urn:obrii:problem:internal")]
    Internal,
}

impl Code {
    const fn status(self) -> StatusCode {
        match self {
            Self::BadRequest => StatusCode::BAD_REQUEST,
            Self::Refused | Self::TooManyObservations => StatusCode::UNPROCESSABLE_ENTITY,
            Self::UnknownObject
            | Self::UnknownDevice
            | Self::UnknownProfile
            | Self::UnknownProgramme
            | Self::UnknownMeasure
            | Self::UnknownProperty
            | Self::NotFound => StatusCode::NOT_FOUND,
            Self::Exists => StatusCode::PRECONDITION_FAILED,
            Self::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Busy | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::BadRequest => "the request cannot be read",
            Self::Refused => "the registry refuses this",
            Self::Exists => "it is there already",
            Self::UnknownObject => "no such object",
            Self::UnknownDevice => "no such device",
            Self::UnknownProfile => "no such profile",
            Self::UnknownProgramme => "no such programme",
            Self::UnknownMeasure => "no such measure",
            Self::UnknownProperty => "no such property",
            Self::NotFound => "no such page",
            Self::MethodNotAllowed => "the page cannot be asked that way",
            Self::TooManyObservations => "too many observations for one answer",
            Self::TooLarge => "the request is too large",
            Self::Busy => "as many exports run as may",
            Self::Unavailable => "the store is busy or away",
            Self::Internal => "internal failure",
        }
    }
}

impl Problem {
    /// A problem of a kind, in words.
    pub(crate) fn new(code: Code, detail: impl Into<String>) -> Self {
        let (title, status) = (code.title(), code.status().as_u16());
        let (errors, reason, parameters) = (Vec::new(), None, BTreeMap::new());
        Self { code, title, status, detail: detail.into(), errors, reason, parameters }
    }

    /// What was refused of a body that the file readers check, told of its members.
    pub(crate) fn of_row(code: Code, mistakes: Vec<LineError>) -> Self {
        let detail = mistakes.iter().map(|mistake| mistake.reason.as_str()).collect::<Vec<_>>();
        let problem = Self::new(code, detail.join("; "));
        let of_member = |mistake: LineError| {
            let WrongCell { column, mistake: code } = mistake.cell?;
            let pointer = format!("/{column}");
            Some(MemberError { pointer, code: code.as_str(), given: None, detail: mistake.reason })
        };
        Self { errors: mistakes.into_iter().filter_map(of_member).collect(), ..problem }
    }

    /// Nothing of that name.
    pub(crate) fn unknown(code: Code, detail: impl Into<String>, id: &str) -> Self {
        let mut problem = Self::new(code, detail);
        problem.parameters.insert("id", id.to_owned());
        problem
    }

    /// A refusal of the registry.
    pub(crate) fn refused(refusal: Refusal) -> Self {
        let mut problem = Self::new(Code::Refused, refusal.detail);
        problem.reason = Some(refusal.code);
        problem.parameters = refusal.parameters.into_iter().collect();
        problem
    }

    /// A parameter or body that cannot be read.
    pub(crate) fn bad_request(detail: impl Into<String>) -> Self {
        Self::new(Code::BadRequest, detail)
    }

    /// Our failure: logged whole, told as nothing.
    pub(crate) fn internal(error: &dyn std::fmt::Display) -> Self {
        tracing::error!(%error, "request failed");
        Self::new(Code::Internal, "the failure is in the server's log")
    }
}

impl From<BadProfile> for Problem {
    fn from(bad: BadProfile) -> Self {
        let problem = Self::new(Code::Refused, bad.to_string());
        Self { errors: bad.0.into_iter().map(Into::into).collect(), ..problem }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.code.status();
        let body = serde_json::to_vec(&self).unwrap_or_default();
        let kind = HeaderValue::from_static("application/problem+json");
        let mut response = (status, [(header::CONTENT_TYPE, kind)], body).into_response();
        if self.code == Code::Busy {
            response.headers_mut().insert(header::RETRY_AFTER, EXPORT_RETRY_S.into());
        }
        response
    }
}

impl From<QueryRejection> for Problem {
    fn from(rejection: QueryRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl From<PathRejection> for Problem {
    fn from(rejection: PathRejection) -> Self {
        Self::bad_request(rejection.body_text())
    }
}

impl From<JsonRejection> for Problem {
    fn from(rejection: JsonRejection) -> Self {
        let code = match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Code::TooLarge,
            _ => Code::BadRequest,
        };
        Self::new(code, rejection.body_text())
    }
}
