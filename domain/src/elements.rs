//! Which elements of a message: places in its array, written as ranges (`0-299,305`).

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

/// Places in the array of a message, ascending, at least one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elements(Vec<RangeInclusive<u32>>);

/// Text that is no list of elements.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no list of elements, expected ascending places like `0-299,305`")]
pub struct BadElements(String);

impl Elements {
    /// Only this one.
    pub fn one(place: u32) -> Self {
        Self(vec![place..=place])
    }

    /// All of these; `None`: there are none.
    pub fn of(mut places: Vec<u32>) -> Option<Self> {
        places.sort_unstable();
        let (first, rest) = places.split_first()?;
        let mut elements = Self::one(*first);
        for place in rest {
            elements.push(*place);
        }
        Some(elements)
    }

    /// Is the place among them?
    pub fn contains(&self, place: u32) -> bool {
        let after = self.0.partition_point(|range| *range.start() <= place);
        after.checked_sub(1).is_some_and(|index| self.0[index].contains(&place))
    }

    /// Adds the last place again, or one behind it.
    fn push(&mut self, place: u32) {
        let Some(last) = self.0.last_mut() else { return };
        if place == last.end().saturating_add(1) {
            *last = *last.start()..=place;
        } else if place > *last.end() {
            self.0.push(place..=place);
        }
    }
}

impl fmt::Display for Elements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, range) in self.0.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            match (range.start(), range.end()) {
                (start, end) if start == end => write!(f, "{comma}{start}")?,
                (start, end) => write!(f, "{comma}{start}-{end}")?,
            }
        }
        Ok(())
    }
}

impl FromStr for Elements {
    type Err = BadElements;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let range = |part: &str| {
            let (start, end) = part.split_once('-').unwrap_or((part, part));
            let (start, end) = (start.parse::<u32>().ok()?, end.parse::<u32>().ok()?);
            (start <= end).then_some(start..=end)
        };
        let ranges: Option<Vec<_>> = text.split(',').map(range).collect();
        ranges
            .filter(|ranges| ranges.windows(2).all(|pair| pair[0].end() < pair[1].start()))
            .map(Self)
            .ok_or_else(|| BadElements(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn places_are_joined_to_ranges() {
        let written = |places: &[u32]| Elements::of(places.to_vec()).map(|all| all.to_string());
        assert_eq!(written(&[8, 1, 0, 2, 2, 5, 7]).as_deref(), Some("0-2,5,7-8"));
        assert_eq!(written(&[u32::MAX]).as_deref(), Some("4294967295"));
        assert_eq!(written(&[]), None);
    }

    #[test]
    fn what_is_no_list_is_refused_with_what_was_expected() {
        for text in ["", "1,", "2-1", "3,1", "1-4,2", "x", "-1", "4294967296"] {
            let told = text.parse::<Elements>().expect_err(text).to_string();
            assert!(told.contains("expected ascending places"), "{told}");
        }
    }

    proptest! {
        #[test]
        fn a_list_is_read_as_it_was_written(places in prop::collection::btree_set(0..500_u32, 1..60)) {
            let elements = Elements::of(places.iter().copied().collect()).expect("one at least");
            prop_assert_eq!(elements.to_string().parse(), Ok(elements.clone()));
            for place in 0..501 {
                prop_assert_eq!(elements.contains(place), places.contains(&place));
            }
        }
    }
}
