//! The test bench: what a profile, in force or still being written, makes of a message. The
//! pipeline's own decoding answers, and nothing is stored.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use domain::profile::Profile;
use domain::property::property;
use domain::trial::{Measured, Message, Trial, TriedReading, TriedUnusable, TriedValue};
use store::profile_file::{BadProfile, Form};

use super::profiles::draft_text;
use super::quarantine::quarantined;
use crate::extract::Body;
use crate::problem::{Code, Problem};
use crate::state::Api;
use crate::view::{
    BenchView, EncodingWord, TrialView, TriedReadingView, TriedUnusableView, TriedValueView,
    TryProfile, UnknownFieldView,
};

/// Says what is wrong with a draft, shows it as a form and as its file, and, when nothing is wrong,
/// what it makes of a message: a pasted one, or one from quarantine as it came then.
#[utoipa::path(
    post,
    path = "/test-bench",
    tag = "registry",
    request_body = TryProfile,
    responses(
        (status = 200, body = BenchView),
        (status = 400, body = Problem, content_type = "application/problem+json"),
        (status = 404, body = Problem, content_type = "application/problem+json"),
        (status = 422, body = Problem, content_type = "application/problem+json"),
    ),
)]
pub(crate) async fn try_profile(
    State(api): State<Arc<Api>>,
    Body(asked): Body<TryProfile>,
) -> Result<Json<BenchView>, Problem> {
    let TryProfile { draft, quarantine, topic, payload, encoding } = asked;
    let message = match (quarantine, topic, payload) {
        (Some(id), None, None) => Some(kept(&api, id).await?),
        (None, Some(topic), Some(payload)) => {
            let payload = bytes(payload, encoding)?;
            Some(Message { topic, payload, arrived_at: api.now(), elements: None })
        }
        (None, None, None) => None,
        _ => {
            let detail = "a message is expected as `quarantine`, or as `topic` and `payload`";
            return Err(Problem::bad_request(detail));
        }
    };
    let text = draft_text(draft)?;
    let form = match Form::read(&text) {
        Ok(form) => form,
        Err(bad) => return Ok(Json(BenchView::of(text, None, bad))),
    };
    let profile = match form.check() {
        Ok(profile) => Arc::new(profile),
        Err(bad) => return Ok(Json(BenchView::of(text, Some(form), bad))),
    };
    let mut view = BenchView::of(text, Some(form), BadProfile(Vec::new()));
    if let Some(message) = message {
        let (try_out, tried) = (Arc::clone(&api.try_out), Arc::clone(&profile));
        let trial = api.ask(move |_| Ok(try_out(&tried, message))).await?;
        view.trial = Some(trial_view(trial, &profile));
    }
    Ok(Json(view))
}

async fn kept(api: &Api, id: i64) -> Result<Message, Problem> {
    let row = quarantined(api, id).await?.row;
    let (kept, whole) = (row.payload.len(), row.payload_bytes);
    if (kept as u64) < whole {
        let detail = format!("only {kept} of its {whole} bytes were kept, expected all");
        return Err(Problem::new(Code::Refused, detail));
    }
    let (topic, payload, arrived_at) = (row.topic, row.payload, row.arrived_at);
    Ok(Message { topic, payload, arrived_at, elements: row.elements })
}

fn bytes(payload: String, encoding: EncodingWord) -> Result<Vec<u8>, Problem> {
    match encoding {
        EncodingWord::Text => Ok(payload.into_bytes()),
        EncodingWord::Hex => from_hex(&payload).ok_or_else(|| {
            Problem::bad_request("payload is no hexadecimal, expected an even number of digits")
        }),
        EncodingWord::Base64 => BASE64_STANDARD
            .decode(payload.trim())
            .map_err(|error| Problem::bad_request(format!("payload is no base64: {error}"))),
    }
}

/// Bytes of a hexadecimal text; white space does not matter.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_digit(16));
    let digits: Vec<u8> = digits.map(|digit| digit.map(|d| d as u8)).collect::<Option<_>>()?;
    let (pairs, rest) = digits.as_chunks::<2>();
    rest.is_empty().then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

fn trial_view(trial: Trial, profile: &Profile) -> TrialView {
    let unusable = |TriedUnusable { element, reason, detail }| TriedUnusableView {
        element,
        reason: reason.as_str().to_owned(),
        detail,
    };
    let reading = |reading: TriedReading| TriedReadingView {
        element: reading.element,
        time: reading.time.into(),
        quality: reading.quality.names().map(str::to_owned).collect(),
        values: reading.values.into_iter().filter_map(|v| value_view(v, profile)).collect(),
        unknown: reading
            .unknown
            .into_iter()
            .map(|(name, value)| UnknownFieldView { name, value })
            .collect(),
    };
    TrialView {
        readings: trial.readings.into_iter().map(reading).collect(),
        left: trial.left as u64,
        unusable: trial.unusable.into_iter().map(unusable).collect(),
    }
}

fn value_view(tried: TriedValue, profile: &Profile) -> Option<TriedValueView> {
    let field = profile.fields.get(tried.field)?;
    let property = property(field.property.as_str())?;
    let quality = tried.quality.names().map(str::to_owned).collect();
    let view = TriedValueView { quality, ..TriedValueView::of(&field.name, property) };
    Some(match tried.value {
        Measured::Number(number) => view.with_number(property, number),
        Measured::Text(text) => TriedValueView { text: Some(text), ..view },
    })
}

#[cfg(test)]
mod tests {
    use super::from_hex;

    #[test]
    fn hexadecimal_is_read_with_and_without_spaces_and_nothing_else_is() {
        let expected = Some(vec![0x7b, 0x22, 0xff]);
        assert_eq!(from_hex("7b22FF"), expected);
        assert_eq!(from_hex(" 7b 22\nff "), expected);
        assert_eq!(from_hex(""), Some(Vec::new()));
        for wrong in ["7", "7b2", "zz", "0x7b"] {
            assert_eq!(from_hex(wrong), None, "{wrong}");
        }
    }
}
