//! The fields of one reading: which of them the profile knows, and what their values mean.

use domain::directory::Binding;
use domain::intake::Reason;
use domain::limits::TEXT_CHARS_MAX;
use domain::profile::Field;
use domain::property::property;
use domain::unit::{Conversion, Unit};
use smallvec::SmallVec;

use crate::plan::{Plan, Role};
use codec::{Reading, Value};

/// A number in the canonical unit, with its place in the object's rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Number {
    pub(super) field: usize,
    pub(super) slot: u16,
    pub(super) value: f64,
}

/// What a reading carries.
#[derive(Debug, Default)]
pub(super) struct Taken {
    /// At most one for each slot.
    pub(super) numbers: SmallVec<[Number; 8]>,
    /// By the place of their field.
    pub(super) texts: SmallVec<[(usize, String); 4]>,
    /// Fields that the profile does not know.
    pub(super) unknown: u64,
    /// Fields that stood there twice; the last one counts.
    pub(super) repeated: u64,
    /// Values that are not of their field's type.
    pub(super) refused: Vec<(Reason, String)>,
}

/// Reads the fields; `None` when the profile knows none of them.
pub(super) fn take(plan: &Plan, binding: &Binding, reading: &Reading<'_>) -> Option<Taken> {
    let mut taken = Taken::default();
    for (name, value) in &reading.fields {
        let Some(index) = plan.find(name) else {
            taken.unknown += 1;
            continue;
        };
        let field = &plan.profile.fields[index];
        let read = match plan.roles[index] {
            Role::Text | Role::Status => text(value).map(|text| taken.texts.push((index, text))),
            role => {
                let Some(slot) = binding.slots[index] else {
                    taken.unknown += 1;
                    continue;
                };
                let put = |value| taken.put(Number { field: index, slot, value });
                number(field, role, value).map(put)
            }
        };
        if let Err(expected) = read {
            let detail = format!("`{name}` is {}, expected {expected}", describe(value));
            taken.refused.push((Reason::BadValue, detail));
        }
    }
    let is_nothing = taken.unknown as usize == reading.fields.len();
    (!is_nothing).then_some(taken)
}

impl Taken {
    fn put(&mut self, number: Number) {
        if let Some(known) = self.numbers.iter_mut().find(|n| n.slot == number.slot) {
            *known = number;
            self.repeated += 1;
        } else {
            self.numbers.push(number);
        }
    }
}

/// The value in the canonical unit; `Err`: what was expected.
fn number(field: &Field, role: Role, value: &Value<'_>) -> Result<f64, &'static str> {
    match (role, value) {
        (Role::Boolean, Value::Boolean(truth)) => Ok(f64::from(u8::from(*truth))),
        (Role::Boolean, Value::Number(number) | Value::Quantity(number, Unit::One))
            if [0.0, 1.0].contains(number) =>
        {
            Ok(*number)
        }
        (Role::Boolean, _) => Err("true or false"),
        (_, Value::Number(number)) => finite(field.conversion.apply(*number)),
        (_, Value::Quantity(number, unit)) => {
            let to_canonical = conversion(field, *unit).ok_or("a unit of what it measures")?;
            finite(to_canonical.apply(*number))
        }
        _ => Err("a number"),
    }
}

fn finite(number: f64) -> Result<f64, &'static str> {
    if number.is_finite() { Ok(number) } else { Err("a finite number") }
}

/// From the unit that a format says to the field's canonical one. A gas that its sensor measures
/// in ppb goes by the profile's own factor.
fn conversion(field: &Field, unit: Unit) -> Option<Conversion> {
    let canonical = property(field.property.as_str())?.canonical;
    if (unit, canonical) == (Unit::Fraction, Unit::One) {
        return Some(Conversion::NONE);
    }
    unit.to(canonical).or_else(|| {
        let to_field = unit.to(field.unit)?;
        let Conversion { factor, offset } = field.conversion;
        Some(Conversion {
            factor: to_field.factor * factor,
            offset: to_field.offset * factor + offset,
        })
    })
}

/// The text; numbers are taken as they would be written (a route of `5`).
fn text(value: &Value<'_>) -> Result<String, &'static str> {
    let text = match value {
        Value::Text(text) => text.clone().into_owned(),
        Value::Number(number) | Value::Quantity(number, _) => number.to_string(),
        Value::Boolean(_) | Value::Unusable(_) => return Err("a text"),
    };
    let fits = text.chars().nth(TEXT_CHARS_MAX).is_none();
    if fits { Ok(text) } else { Err("a text of at most 64 characters") }
}

fn describe(value: &Value<'_>) -> String {
    match value {
        Value::Number(number) => format!("the number `{number}`"),
        Value::Quantity(number, unit) => format!("`{number} {unit}`"),
        Value::Boolean(truth) => format!("`{truth}`"),
        Value::Text(text) => format!("the text `{}`", text.chars().take(40).collect::<String>()),
        Value::Unusable(what) => (*what).to_owned(),
    }
}
