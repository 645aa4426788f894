//! The test bench: one message through the pipeline's own decoding and resolving, for a device of
//! a profile that need not be in the registry, without a store behind it. What the pipeline would
//! know of earlier readings is not known here: only the message itself is judged.

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use codec::{Decoded, Reading, Unusable};
use domain::directory::{Binding, DeviceEntry, Directory};
use domain::funding::{Funding, Share, Source as Payer};
use domain::intake::{Reason, Tally};
use domain::limits::TRIAL_READINGS_MAX;
use domain::position::Positions;
use domain::profile::Profile;
use domain::property::{ValueKind, property};
use domain::registry::{Access, Device, Object, Passport};
use domain::trial::{Measured, Message, Trial, TriedReading, TriedUnusable, TriedValue};
use domain::{CommunityId, ObjectNo, Timestamp};
use tokio::sync::mpsc;

use super::{Resolver, Source};
use crate::arrival::{Arrival, Token};
use crate::prepared::Prepared;
use crate::replay::Replay;
use crate::route::{Refused, Route};

/// Where the device of a trial is, when its topic does not say.
const NAME: &str = "bench";
/// Characters of an unknown field that are shown.
const SHOWN_CHARS_MAX: usize = 80;

/// What a profile makes of a message.
pub fn try_out(profile: &Arc<Profile>, message: Message) -> Trial {
    let (commands, _) = mpsc::channel(1);
    let mut resolver = Resolver::new(None, Positions::new(HashMap::new()), commands);
    let Message { topic, payload, arrived_at, elements } = message;
    let arrival = Arrival {
        topic,
        payload: payload.into(),
        received_at: arrived_at,
        gateway: NAME.into(),
        speaker: None,
        token: Token::Answered,
        replay: elements.map(|elements| Box::new(Replay::of_elements(elements))),
    };
    let tried = catch_unwind(AssertUnwindSafe(|| resolver.try_out(profile, &arrival)));
    tried.unwrap_or_else(|_| refused(None, Reason::Poisoned, "its decoding failed"))
}

fn refused(element: Option<u32>, reason: Reason, detail: impl Into<String>) -> Trial {
    let unusable = vec![TriedUnusable { element, reason, detail: detail.into() }];
    Trial { unusable, ..Trial::default() }
}

impl Resolver {
    fn try_out(&mut self, profile: &Arc<Profile>, arrival: &Arrival) -> Trial {
        let found = Route::of(&arrival.topic).and_then(|route| {
            let entry = Arc::new(device(profile, &route));
            route.admit(&entry, None)?;
            Ok((route, entry))
        });
        let (route, entry) = match found {
            Ok(found) => found,
            Err(Refused { reason, detail, .. }) => return refused(None, reason, detail),
        };
        let says_one_value = route.says_one_value();
        let source = Source { plan: self.plans.of(profile), entry, says_one_value };
        let mut decoded = match self.decode(&route, &source, arrival) {
            Ok(decoded) => decoded,
            Err(Unusable { element, reason, detail }) => return refused(element, reason, detail),
        };
        if let Some(replay) = &arrival.replay {
            replay.narrow(&mut decoded);
        }
        let Decoded { readings, unusable } = decoded;
        let mut trial = Trial::default();
        let tried =
            |Unusable { element, reason, detail }| TriedUnusable { element, reason, detail };
        trial.unusable.extend(unusable.into_iter().map(tried));
        trial.left = readings.len().saturating_sub(TRIAL_READINGS_MAX);
        for reading in readings.iter().take(TRIAL_READINGS_MAX) {
            let mut out = Prepared::new();
            let (none, mut tally) = (Directory::default(), Tally::default());
            let taken = self.take(&none, &source, reading, arrival, &mut tally, &mut out);
            let element = reading.element;
            let put_aside = |(reason, detail)| TriedUnusable { element, reason, detail };
            trial.unusable.extend(taken.into_iter().map(put_aside));
            trial.readings.push(tried_reading(&source, reading, out));
        }
        trial
    }
}

/// A reading with what of it would be stored.
fn tried_reading(source: &Source, reading: &Reading<'_>, out: Prepared) -> TriedReading {
    let fields = &source.plan.profile.fields;
    let mut tried = TriedReading {
        element: reading.element,
        time: reading.time,
        quality: reading.flags,
        values: Vec::new(),
        unknown: Vec::new(),
    };
    for row in out.batch.rows {
        tried.time = row.time;
        tried.values.extend(row.cells.into_iter().map(|cell| TriedValue {
            field: usize::from(cell.slot),
            value: Measured::Number(cell.value),
            quality: cell.quality,
        }));
    }
    for text in out.batch.texts {
        tried.time = text.time;
        let field = fields.iter().position(|field| field.property == text.property);
        tried.values.extend(field.map(|field| TriedValue {
            field,
            value: Measured::Text(text.text),
            quality: reading.flags,
        }));
    }
    tried.values.sort_by_key(|value| value.field);
    let unknown = reading.fields.iter().filter(|(name, _)| source.plan.find(name).is_none());
    tried.unknown = unknown.map(|(name, value)| (cut(name), cut(&value.to_string()))).collect();
    tried
}

fn cut(text: &str) -> String {
    text.chars().take(SHOWN_CHARS_MAX).collect()
}

/// A device of the profile that sat on its object at all times; the slot of a field is its place
/// in the profile.
fn device(profile: &Arc<Profile>, route: &Route<'_>) -> DeviceEntry {
    let here = || NAME.parse::<CommunityId>().expect("a community id by its form");
    let community = route.community().and_then(|id| id.parse().ok()).unwrap_or_else(here);
    let share = Share { source: Payer::Own(NAME.to_owned()), share: 1.0 };
    let is_text = |id: &str| property(id).is_some_and(|p| p.kind == ValueKind::Text);
    let slot = |(index, id): (usize, &str)| (!is_text(id)).then_some(index as u16);
    let fields = profile.fields.iter().map(|field| field.property.as_str()).enumerate();
    let object = Object {
        no: ObjectNo(0),
        id: NAME.parse().expect("an object id by its form"),
        community: community.clone(),
        kind: profile.kind,
        name: NAME.to_owned(),
        place: None,
        address: None,
        zone: None,
        supply_queue: None,
        access: Access::Restricted,
        simulated: true,
    };
    DeviceEntry {
        device: Device {
            id: NAME.parse().expect("a device id by its form"),
            community,
            kind: profile.kind,
            profile: profile.id.clone(),
            name: NAME.to_owned(),
            funding: Funding::new(vec![share]).expect("one share of the whole"),
            passport: Passport::default(),
            commissioned_on: None,
            decommissioned_at: None,
            registered_at: Timestamp(0),
            simulated: true,
        },
        profile: Arc::clone(profile),
        token_sha256: None,
        bindings: vec![Binding {
            object: Arc::new(object),
            from: Timestamp(i64::MIN),
            until: None,
            reaches_back: true,
            slots: fields.map(slot).collect(),
        }],
        gateway: None,
        external_id: None,
    }
}

#[cfg(test)]
mod tests {
    use domain::Quality;
    use domain::elements::Elements;

    use super::*;
    use crate::testing::NOW;

    fn plug(old: &str, new: &str) -> Arc<Profile> {
        let mut shipped = store::profile_file::SHIPPED.iter();
        let plug = shipped.find(|p| p.id == "tasmota-plug").expect("shipped");
        assert!(plug.text.contains(old), "`{old}` is not in the profile");
        Arc::new(store::profile_file::parse(&plug.text.replace(old, new)).expect("a profile"))
    }

    fn tried(profile: &Arc<Profile>, topic: &str, payload: &str) -> Trial {
        let (topic, payload) = (topic.to_owned(), payload.as_bytes().to_vec());
        try_out(profile, Message { topic, payload, arrived_at: NOW, elements: None })
    }

    fn refusals(trial: &Trial) -> Vec<(Option<u32>, Reason)> {
        trial.unusable.iter().map(|u| (u.element, u.reason)).collect()
    }

    /// NOW in Kyiv, as Tasmota writes it.
    const SENSOR: &str = r#"{"Time":"2026-11-22T12:15:00","ENERGY":
        {"Total":1.5,"Power":340000,"Factor":"full","Yesterday":2}}"#;

    #[test]
    fn a_message_shows_its_values_in_canonical_units_and_what_speaks_against_them() {
        let profile = plug("kWh", "kWh");
        let trial = tried(&profile, "tele/plug-7/SENSOR", SENSOR);
        let [reading] = trial.readings.as_slice() else { panic!("{trial:?}") };
        assert_eq!((reading.time, reading.quality), (NOW, Quality::GOOD));
        let value = |value: &TriedValue| {
            let Measured::Number(number) = value.value else { panic!("{value:?}") };
            (profile.fields[value.field].name.as_str(), number, value.quality)
        };
        let values: Vec<_> = reading.values.iter().map(value).collect();
        let expected = [("power", 340_000.0, Quality::RANGE), ("energy", 1500.0, Quality::GOOD)];
        assert_eq!(values, expected);
        let unknown = [("/ENERGY/Yesterday".to_owned(), "2".to_owned())];
        assert_eq!(reading.unknown, unknown);
        assert_eq!(refusals(&trial), [(None, Reason::BadValue)]);
    }

    #[test]
    fn a_field_that_the_draft_maps_is_unknown_no_more() {
        let draft = plug("\n]", "\n    { name = \"illuminance\", pointer = \"/LIGHT/Lux\" },\n]");
        let payload = r#"{"LIGHT":{"Lux":412}}"#;
        let before = tried(&plug("kWh", "kWh"), "tele/plug-7/SENSOR", payload);
        assert_eq!(refusals(&before), [(None, Reason::NoKnownField)]);
        assert_eq!(before.readings[0].unknown.len(), 1);
        let after = tried(&draft, "tele/plug-7/SENSOR", payload);
        assert_eq!(after.unusable, []);
        assert_eq!(after.readings[0].values[0].value, Measured::Number(412.0));
        assert_eq!(after.readings[0].quality, Quality::NO_DEVICE_TIME);
    }

    #[test]
    fn what_is_no_message_of_its_topic_is_refused_as_the_pipeline_would() {
        let profile = plug("kWh", "kWh");
        let native = "obrii/v1/odesa/light/lamp-1/telemetry";
        for (topic, payload, reason) in [
            ("weather/1", "{}", Reason::TopicMismatch),
            ("obrii/v1/odesa/air/lamp-1/telemetry", "{}", Reason::TopicMismatch),
            (native, "{", Reason::NotJson),
            (native, r#"{"values":{"mood":1}}"#, Reason::NoKnownField),
            (native, r#"{"ts":"2026-11-22T11:15:00Z","values":{"power":1}}"#, Reason::FutureTime),
        ] {
            let trial = tried(&profile, topic, payload);
            assert_eq!(refusals(&trial), [(None, reason)], "{topic} {payload}");
            assert!(trial.readings.iter().all(|reading| reading.values.is_empty()));
        }
    }

    #[test]
    fn of_a_backlog_each_element_is_shown_and_the_rest_is_counted() {
        let profile = plug("kWh", "kWh");
        let element = |n: i64| {
            format!(r#"{{"ts":{},"values":{{"power":{n}}}}}"#, NOW.millis() - 1000 * (1000 - n))
        };
        let elements: Vec<String> = (0..TRIAL_READINGS_MAX as i64 + 7).map(element).collect();
        let payload = format!("[{},7]", elements.join(","));
        let trial = tried(&profile, "obrii/v1/odesa/light/lamp-1/telemetry", &payload);
        assert_eq!((trial.readings.len(), trial.left), (TRIAL_READINGS_MAX, 7));
        assert_eq!(trial.readings[3].element, Some(3));
        assert_eq!(refusals(&trial), [(Some(107), Reason::BadElement)]);
    }

    #[test]
    fn of_a_pack_that_was_kept_whole_only_the_asked_element_is_tried() {
        let pack = r#"[{"n":"power","v":1},{"n":"power","v":2,"t":-5}]"#;
        let message = Message {
            topic: "obrii/v1/odesa/light/lamp-1/senml".to_owned(),
            payload: pack.as_bytes().to_vec(),
            arrived_at: NOW,
            elements: Some(Elements::one(1)),
        };
        let trial = try_out(&plug("kWh", "kWh"), message);
        let values: Vec<_> = trial.readings.iter().flat_map(|r| &r.values).collect();
        assert_eq!(values.len(), 1, "{trial:?}");
        assert_eq!(values[0].value, Measured::Number(2.0));
    }
}
