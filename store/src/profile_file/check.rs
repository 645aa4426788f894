//! From what is written to a profile: all mistakes are told at once.

use std::collections::HashSet;

use domain::ids::BadId;
use domain::limits::{PROFILE_FIELDS_MAX, TITLE_CHARS_MAX};
use domain::profile::{Field, Kind, Profile, Regime, Stamp};
use domain::property::{Property, ValueKind, property};
use domain::unit::{Conversion, Unit, UnknownUnit};

use super::form::{Form, FormField, Retention};
use super::mistake::{BadProfile, Fault, Mistake, Place};

/// What is wrong with a profile so far.
#[derive(Default)]
struct Mistakes(Vec<Mistake>);

impl Mistakes {
    fn add(&mut self, key: &'static str, fault: Fault, given: &str, reason: impl Into<String>) {
        let (given, reason) = (given.to_owned(), reason.into());
        self.0.push(Mistake { place: Place::Key(key), fault, given, reason });
    }

    /// The value, or a mistake.
    fn take<T>(
        &mut self,
        key: &'static str,
        fault: Fault,
        given: &str,
        read: Result<T, String>,
    ) -> Option<T> {
        read.map_err(|reason| self.add(key, fault, given, reason)).ok()
    }
}

impl Form {
    /// The profile, when nothing is wrong with it.
    pub fn check(&self) -> Result<Profile, BadProfile> {
        let mut wrong = Mistakes::default();
        let id = self.id.parse().map_err(|e: BadId| e.to_string());
        let id = wrong.take("id", Fault::BadId, &self.id, id);
        let kind = self.kind.parse::<Kind>().map_err(|e| e.to_string());
        let kind = wrong.take("kind", Fault::NotOneOf, &self.kind, kind);
        for (key, title) in [("title_uk", &self.title_uk), ("title_en", &self.title_en)] {
            wrong.take(key, Fault::BadText, title, one_line(title));
        }
        let regime = wrong.take("regime", Fault::NotOneOf, &self.regime, regime(&self.regime));
        let stamp = wrong.take("stamp", Fault::NotOneOf, &self.stamp, stamp(&self.stamp));
        if self.interval_s == 0 {
            let reason = "is 0, expected seconds between readings";
            wrong.add("interval_s", Fault::NotPositive, "0", reason);
        }
        let retention_days = retention(&self.retention_days, &mut wrong);
        let fields = self.fields(kind, &mut wrong);
        match (id, kind, regime, stamp, wrong.0) {
            (Some(id), Some(kind), Some(regime), Some(stamp), none) if none.is_empty() => {
                Ok(Profile {
                    id,
                    kind,
                    title_uk: self.title_uk.clone(),
                    title_en: self.title_en.clone(),
                    regime,
                    interval_s: self.interval_s,
                    stamp,
                    averaging_s: self.averaging_s,
                    retention_days,
                    fields,
                })
            }
            (.., wrong) => Err(BadProfile(wrong)),
        }
    }

    fn fields(&self, kind: Option<Kind>, wrong: &mut Mistakes) -> Vec<Field> {
        let count = self.fields.len();
        if (kind == Some(Kind::Gateway)) != (count == 0) || count > PROFILE_FIELDS_MAX {
            let reason =
                format!("expected 1 to {PROFILE_FIELDS_MAX} of them, and none of a gateway");
            wrong.add("fields", Fault::FieldCount, &count.to_string(), reason);
            return Vec::new();
        }
        let mut seen = HashSet::new();
        let mut read = Vec::with_capacity(count);
        for (index, form) in self.fields.iter().enumerate() {
            let mut add = |key, fault, given: &str, reason: String| {
                let place = Place::Field { index, name: form.name.clone(), key };
                let given = given.to_owned();
                wrong.0.push(Mistake { place, fault, given, reason });
            };
            let property = form.property();
            let places = [
                ("name", Some(form.name.as_str()), "stands twice".to_owned()),
                ("property", Some(property), format!("property `{property}` stands twice")),
                ("pointer", form.pointer.as_deref(), {
                    format!("pointer `{}` stands twice", form.pointer.as_deref().unwrap_or(""))
                }),
            ];
            // A name that stands twice is told once, not once more as its property.
            let twice = places
                .into_iter()
                .find(|(key, place, _)| place.is_some_and(|place| !seen.insert((*key, place))));
            if let Some((key, place, reason)) = twice {
                add(key, Fault::Twice, place.unwrap_or_default(), reason);
            }
            read.extend(form.check(&mut add));
        }
        read
    }
}

impl FormField {
    /// What it measures.
    fn property(&self) -> &str {
        self.property.as_deref().unwrap_or(&self.name)
    }

    /// The field; `None`: something is wrong with it.
    fn check(&self, add: &mut impl FnMut(&'static str, Fault, &str, String)) -> Option<Field> {
        let id = self.property();
        let known = property(id).zip(id.parse().ok());
        if known.is_none() {
            let reason = format!("`{id}` is no property, expected one of docs/WIRE.md");
            add("property", Fault::UnknownProperty, id, reason);
        }
        let scale = known.as_ref().and_then(|(property, _)| self.scale(property, add));
        let mut is_sound = scale.is_some();
        let mut check = |is_right: bool, key, fault, given: &str, reason: &str| {
            if !is_right {
                is_sound = false;
                add(key, fault, given, reason.to_owned());
            }
        };
        let reason = one_line(&self.name).err().unwrap_or_default();
        check(reason.is_empty(), "name", Fault::BadText, &self.name, &reason);
        let is_text = known.as_ref().is_some_and(|(p, _)| p.kind == ValueKind::Text);
        let plain = !is_text || (self.range.is_none() && self.unit.is_none());
        let key = if self.unit.is_some() { "unit" } else { "range" };
        check(plain, key, Fault::TextIsPlain, id, "a text has neither unit nor range");
        let is_range = self.range.is_none_or(|(low, high)| low < high);
        let reason = "range, expected a lower and a higher end";
        check(is_range, "range", Fault::BadRange, "", reason);
        let is_rate = self.rate_per_s_max.is_none_or(|rate| rate > 0.0);
        let reason = "rate_per_s_max, expected a number above 0";
        check(is_rate, "rate_per_s_max", Fault::NotPositive, "", reason);
        let pointer = self.pointer.as_deref().unwrap_or_default();
        let is_place = self.pointer.is_none() || is_pointer(pointer);
        let reason = format!("`{pointer}` is no JSON pointer, expected one like /ENERGY/Power");
        check(is_place, "pointer", Fault::BadPointer, pointer, &reason);
        let ((_, property), (unit, conversion)) = known.zip(scale).filter(|_| is_sound)?;
        Some(Field {
            property,
            unit,
            conversion,
            range: self.range,
            rate_per_s_max: self.rate_per_s_max,
            flat_s_max: self.flat_s_max,
            name: self.name.clone(),
            pointer: self.pointer.clone(),
        })
    }

    /// The unit in which it is sent, and the way from it to the canonical one.
    fn scale(
        &self,
        property: &Property,
        add: &mut impl FnMut(&'static str, Fault, &str, String),
    ) -> Option<(Unit, Conversion)> {
        let canonical = property.canonical;
        let unit = match &self.unit {
            None => canonical,
            Some(label) => label
                .parse()
                .map_err(|e: UnknownUnit| add("unit", Fault::UnknownUnit, label, e.to_string()))
                .ok()?,
        };
        match (self.factor, unit.to(canonical)) {
            (None, Some(conversion)) => Some((unit, conversion)),
            (Some(factor), None) if factor.is_finite() && factor > 0.0 => {
                Some((unit, Conversion { factor, offset: 0.0 }))
            }
            (Some(_), Some(_)) => {
                let reason = format!("a factor and the unit `{unit}`, which needs none");
                add("factor", Fault::NeedlessFactor, unit.label(), reason);
                None
            }
            (_, None) => {
                let reason =
                    format!("unit `{unit}` becomes `{canonical}` only by a factor above 0");
                add("factor", Fault::NeedsFactor, unit.label(), reason);
                None
            }
        }
    }
}

fn one_line(text: &str) -> Result<(), String> {
    let chars = text.chars().count();
    let is_blank = text.trim().is_empty();
    if is_blank || chars > TITLE_CHARS_MAX || text.chars().any(char::is_control) {
        return Err(format!("expected one line of 1 to {TITLE_CHARS_MAX} characters"));
    }
    Ok(())
}

fn retention(written: &Retention, wrong: &mut Mistakes) -> Option<u32> {
    match written {
        Retention::Days(0) => {
            wrong.add("retention_days", Fault::NotPositive, "0", "is 0, expected days");
            None
        }
        Retention::Days(days) => Some(*days),
        Retention::Word(word) => {
            if word != Retention::FOR_EVER {
                let reason = format!("`{word}`, expected a number of days or \"for-ever\"");
                wrong.add("retention_days", Fault::NotOneOf, word, reason);
            }
            None
        }
    }
}

fn regime(word: &str) -> Result<Regime, String> {
    Regime::ALL.into_iter().find(|regime| regime.as_str() == word).ok_or_else(|| {
        let expected = "periodic, while-energised, in-service or heartbeat-and-events";
        format!("`{word}`, expected {expected}")
    })
}

fn stamp(word: &str) -> Result<Stamp, String> {
    let known = Stamp::ALL.into_iter().find(|stamp| stamp.as_str() == word);
    known.ok_or_else(|| format!("`{word}`, expected instant, begin or end"))
}

/// RFC 6901: each part begins with a slash; `~` stands only before 0 or 1.
fn is_pointer(text: &str) -> bool {
    text.starts_with('/')
        && text.split('~').skip(1).all(|rest| rest.starts_with('0') || rest.starts_with('1'))
}
