//! Search as people type: apostrophes of any kind, Latin letters that look like Cyrillic ones,
//! ґ for г, capital letters and old street names must not hide what is looked for. Numbers inside
//! names sort as people count them.

use std::cmp::Ordering;

/// Streets and districts of Odesa with the names they had before, as the city map of this project
/// (`data/city/odesa.geojson`, property `name_old_uk`) records them: today's name and
/// the former one, in the form that [`normalise`] gives.
const FORMER_NAMES: &[(&str, &str)] = &[
    ("хаджибейський", "малиновський"),
    ("пересипський", "суворовський"),
    ("італійська", "пушкінська"),
    ("європейська", "катерининська"),
    ("князя володимира великого", "добровольського"),
    ("семена палія", "дніпропетровська дорога"),
    ("небесної сотні", "маршала жукова"),
    ("ніни строкатої", "буніна"),
    ("леонтовича", "бєлінського"),
    ("івана та юрія лип", "генерала петрова"),
];

/// A text as search compares it: lower case, without apostrophes, look-alike letters made one,
/// words divided by single spaces.
pub fn normalise(text: &str) -> String {
    let mut normal = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            '\'' | '’' | '‘' | 'ʼ' | 'ʹ' | '`' | '´' | '′' | '＇' => {}
            c if c.is_whitespace() || matches!(c, '«' | '»' | '"' | '“' | '”' | '(' | ')') => {
                if !normal.is_empty() && !normal.ends_with(' ') {
                    normal.push(' ');
                }
            }
            c => normal.push(fold(c)),
        }
    }
    normal.truncate(normal.trim_end().len());
    normal
}

/// One letter for all that look alike in either case: `B` and `В` are taken for each other as
/// plates and cabinet numbers are typed, so `b` folds to `в` as well.
const fn fold(c: char) -> char {
    match c {
        'a' => 'а',
        'b' => 'в',
        'c' => 'с',
        'e' => 'е',
        'h' => 'н',
        'i' => 'і',
        'k' => 'к',
        'm' => 'м',
        'o' => 'о',
        'p' => 'р',
        't' => 'т',
        'x' => 'х',
        'y' => 'у',
        'ґ' => 'г',
        '–' | '—' | '‑' | '−' => '-',
        other => other,
    }
}

/// A text prepared for search, with the other names of the streets in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Haystack(String);

impl Haystack {
    /// Prepares the parts of a description: id, name, address …
    pub fn new<'a>(parts: impl IntoIterator<Item = &'a str>) -> Self {
        let mut text = String::new();
        for part in parts {
            let normal = normalise(part);
            if !normal.is_empty() {
                text.push_str(&normal);
                text.push('\n');
            }
        }
        for (today, former) in FORMER_NAMES {
            let (is_today, is_former) = (text.contains(today), text.contains(former));
            if is_today != is_former {
                text.push_str(if is_today { former } else { today });
                text.push('\n');
            }
        }
        Self(text)
    }
}

/// A question as typed: every word of it must be found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Needle(Vec<String>);

impl Needle {
    /// Reads what was typed.
    pub fn new(typed: &str) -> Self {
        Self(normalise(typed).split(' ').filter(|w| !w.is_empty()).map(str::to_owned).collect())
    }

    /// Does every word stand in one of the texts?
    pub fn is_in(&self, prepared: &Haystack, more: &[&str]) -> bool {
        let found = |word: &String| {
            prepared.0.contains(word) || more.iter().any(|text| normalise(text).contains(word))
        };
        self.0.iter().all(found)
    }
}

/// Order of texts with numbers in them, as people count: `4.2` before `4.10`, `lamp-2` before
/// `lamp-10`. Texts that differ only in leading zeros are ordered by their letters.
pub fn natural_cmp(a: &str, b: &str) -> Ordering {
    let (mut left, mut right) = (a, b);
    loop {
        let ((x, left_rest), (y, right_rest)) = (chunk(left), chunk(right));
        let order = match (x.is_empty(), y.is_empty()) {
            (true, true) => return a.cmp(b),
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) if is_digits(x) && is_digits(y) => {
                let (x, y) = (x.trim_start_matches('0'), y.trim_start_matches('0'));
                x.len().cmp(&y.len()).then_with(|| x.cmp(y))
            }
            (false, false) => x.cmp(y),
        };
        if order != Ordering::Equal {
            return order;
        }
        (left, right) = (left_rest, right_rest);
    }
}

fn is_digits(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// The leading run of digits, or the leading character.
fn chunk(text: &str) -> (&str, &str) {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let first = || text.chars().next().map_or(0, char::len_utf8);
    text.split_at(if digits > 0 { digits } else { first() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn finds(typed: &str, texts: &[&str]) -> bool {
        Needle::new(typed).is_in(&Haystack::new(texts.iter().copied()), &[])
    }

    #[test]
    fn apostrophes_of_any_kind_are_no_difference() {
        for typed in ["М’ясоїдівська", "м'ясоїдівська", "мʼясоїдівська", "М`ЯСОЇДІВСЬКА", "мясоїд"]
        {
            assert!(finds(typed, &["вулиця М’ясоїдівська, 12"]), "{typed}");
        }
    }

    #[test]
    fn look_alike_letters_are_no_difference() {
        assert!(finds("BH4021", &["ВН4021"]), "Latin typed, Cyrillic kept");
        assert!(finds("вн4021", &["BH4021"]), "Cyrillic typed, Latin kept");
        assert!(finds("ШK-7", &["ШК‑7"]), "and a hyphen that does not break");
        assert!(finds("гава", &["Ґава"]));
        assert!(!finds("шк-8", &["ШК-7"]));
    }

    #[test]
    fn every_word_must_be_found_in_any_order() {
        assert!(finds("12  італійська", &["Пост 3", "вулиця Італійська, 12"]));
        assert!(!finds("італійська 13", &["Пост 3", "вулиця Італійська, 12"]));
        assert!(finds("", &["anything"]));
    }

    #[test]
    fn former_street_names_lead_to_todays_and_back() {
        assert!(finds("Пушкінська", &["вулиця Італійська, 12"]));
        assert!(finds("італійська", &["вул. Пушкінська, 12"]));
        assert!(finds("Бєлінського", &["вулиця Леонтовича, 4"]));
        assert!(finds("комінтерну", &["вулиця Нова, 1 (колишня Комінтерну)"]));
        assert!(!finds("Пушкінська", &["вулиця Леонтовича, 4"]));
    }

    #[test]
    fn the_table_of_names_stands_in_the_form_that_is_compared() {
        for (today, former) in FORMER_NAMES {
            assert_eq!((normalise(today).as_str(), normalise(former).as_str()), (*today, *former));
        }
    }

    #[test]
    fn numbers_sort_as_people_count() {
        let mut ids = ["4.10", "4.2.1", "lamp-10", "4.2", "lamp-2", "25.5", "4"];
        ids.sort_by(|a, b| natural_cmp(a, b));
        assert_eq!(ids, ["4", "4.2", "4.2.1", "4.10", "25.5", "lamp-2", "lamp-10"]);
        assert_eq!(natural_cmp("a01", "a1"), "a01".cmp("a1"));
    }

    proptest! {
        #[test]
        fn natural_order_is_a_total_order(mut texts in prop::collection::vec("[a0-9.]{0,6}", 3)) {
            texts.sort_by(|a, b| natural_cmp(a, b));
            for (i, a) in texts.iter().enumerate() {
                for b in &texts[i..] {
                    prop_assert_ne!(natural_cmp(a, b), Ordering::Greater);
                    prop_assert_eq!(natural_cmp(a, b), natural_cmp(b, a).reverse());
                }
            }
        }

        #[test]
        fn normalising_twice_is_normalising_once(text in "\\PC{0,40}") {
            let once = normalise(&text);
            prop_assert_eq!(normalise(&once), once);
        }
    }
}
