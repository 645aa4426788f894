use domain::limits::{PROFILE_FILE_BYTES_MAX, RETENTION_DAYS_DEFAULT};
use domain::profile::Stamp;
use domain::unit::Conversion;

use super::*;

const GOOD: &str = r#"
    id = "air-post"
    kind = "air"
    title_uk = "Пост"
    title_en = "Post"
    regime = "periodic"
    interval_s = 60
    stamp = "end"
    averaging_s = 60
    fields = [
        { name = "no2", unit = "ppb", factor = 1.913, range = [0, 1000] },
        { name = "t", property = "temperature", unit = "°F", flat_s_max = 600 },
        { name = "status" },
    ]
"#;

fn told(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "`{old}` is not in the profile");
    parse(&GOOD.replace(old, new)).expect_err("a bad profile").to_string()
}

#[test]
fn every_shipped_profile_reads_under_the_name_of_its_file() {
    let profiles = shipped();
    assert_eq!(profiles.len(), SHIPPED.len());
    for (shipped, profile) in SHIPPED.iter().zip(&profiles) {
        assert_eq!(profile.id.as_str(), shipped.id);
        assert!(profile.title_uk != profile.title_en, "{}", shipped.id);
    }
}

#[test]
fn recordings_are_kept_for_ever_and_all_else_for_400_days() {
    for profile in shipped() {
        let replayed = profile.title_uk.contains("(відтворення)");
        assert_eq!(profile.retention_days, (!replayed).then_some(400), "{}", profile.id);
    }
}

/// Factors of molar mass / 24.055 (20 °C, 101.3 kPa): NO₂ 46.006, O₃ 47.998, SO₂ 64.066 g/mol.
#[test]
fn gases_of_the_london_recording_become_micrograms_at_20_degrees() {
    let profiles = shipped();
    let london = profiles.iter().find(|p| p.id.as_str() == "openair-mydata").expect("shipped");
    for (gas, molar_mass) in [("no2", 46.006), ("o3", 47.998), ("so2", 64.066)] {
        let field = london.field(gas).expect("measured");
        assert!((field.conversion.apply(1.0) - molar_mass / 24.055_f64).abs() < 0.001, "{gas}");
    }
    assert_eq!(london.field("pm10").expect("measured").conversion, Conversion::NONE);
    assert!(london.field("nox").is_none());
    assert_eq!((london.stamp, london.interval_s), (Stamp::Begin, 3600));
}

#[test]
fn units_are_converted_to_the_canonical_one() {
    let profile = parse(GOOD).expect("good");
    let celsius = profile.field("t").expect("there");
    assert_eq!(celsius.property.as_str(), "temperature");
    assert!((celsius.conversion.apply(212.0) - 100.0).abs() < 1e-9);
    assert_eq!(profile.retention_days, Some(RETENTION_DAYS_DEFAULT));
    assert_eq!(profile.field("no2").expect("there").range, Some((0.0, 1000.0)));
}

#[test]
fn a_pointer_says_where_a_field_stands_and_no_two_fields_stand_in_one_place() {
    let named = "{ name = \"status\", pointer = \"/STATE/a~1b~0\" }";
    let profile = parse(&GOOD.replace("{ name = \"status\" }", named)).expect("good");
    assert_eq!(profile.field("status").expect("there").pointer.as_deref(), Some("/STATE/a~1b~0"));
    assert_eq!(profile.field("no2").expect("there").pointer, None);
    let twice = format!("{named}, {{ name = \"noise\", pointer = \"/STATE/a~1b~0\" }}");
    let told = told("{ name = \"status\" }", &twice);
    assert_eq!(told, "field `noise`: pointer `/STATE/a~1b~0` stands twice");
}

#[test]
fn a_mistake_is_told_with_its_key_or_field_and_what_was_expected() {
    let cases = [
        (
            "\"air\"",
            "\"bird\"",
            "`kind`: `bird` is no kind, expected air, vehicle, light, water or gateway",
        ),
        ("\"end\"", "\"middle\"", "`stamp`: `middle`, expected instant, begin or end"),
        (
            "interval_s = 60",
            "interval_s = 0",
            "`interval_s`: is 0, expected seconds between readings",
        ),
        (
            ", factor = 1.913",
            "",
            "field `no2`: unit `ppb` becomes `µg/m³` only by a factor above 0",
        ),
        ("\"ppb\"", "\"µg/m³\"", "field `no2`: a factor and the unit `µg/m³`, which needs none"),
        ("[0, 1000]", "[9, 0]", "field `no2`: range, expected a lower and a higher end"),
        ("\"status\"", "\"no2\"", "field `no2`: stands twice"),
        (
            "\"status\"",
            "\"temperature\"",
            "field `temperature`: property `temperature` stands twice",
        ),
        (
            "\"status\"",
            "\"mood\"",
            "field `mood`: `mood` is no property, expected one of docs/WIRE.md",
        ),
        (
            "{ name = \"status\"",
            "{ name = \"status\", pointer = \"STATE/a~2\"",
            "field `status`: `STATE/a~2` is no JSON pointer, expected one like /ENERGY/Power",
        ),
        (
            "averaging_s = 60",
            "retention_days = \"long\"",
            "`retention_days`: `long`, expected a number of days or \"for-ever\"",
        ),
    ];
    for (old, new, expected) in cases {
        assert_eq!(told(old, new), expected);
    }
    assert!(told("averaging_s", "averaging").contains("unknown field `averaging`"));
    assert!(told("regime = \"periodic\"", "").contains("missing field `regime`"));
}

#[test]
fn all_mistakes_are_told_at_once_each_with_its_place_and_fault() {
    let text = GOOD
        .replace("\"air\"", "\"bird\"")
        .replace("\"Post\"", "\" \"")
        .replace("{ name = \"status\" }", "{ name = \"\", property = \"status\" }")
        .replace("ppb", "ppx")
        .replace("flat_s_max = 600", "range = [9, 0], pointer = \"t\"");
    let BadProfile(mistakes) = parse(&text).expect_err("a bad profile");
    let told: Vec<_> =
        mistakes.iter().map(|m| (m.place.pointer(), m.fault.as_str(), m.given.as_str())).collect();
    let expected = [
        ("/kind", "not-one-of", "bird"),
        ("/title_en", "bad-text", " "),
        ("/fields/0/unit", "unknown-unit", "ppx"),
        ("/fields/1/range", "bad-range", ""),
        ("/fields/1/pointer", "bad-pointer", "t"),
        ("/fields/2/name", "bad-text", ""),
    ];
    let expected = expected.map(|(place, fault, given)| (place.to_owned(), fault, given));
    assert_eq!(told, expected);
}

#[test]
fn what_is_no_toml_is_told_with_its_line_and_a_huge_file_is_not_read() {
    let BadProfile(mistakes) = parse(&GOOD.replace("\"end\"", "end")).expect_err("no TOML");
    assert_eq!((mistakes[0].fault, mistakes[0].given.as_str()), (Fault::Form, "8"));
    let huge = format!("#{}", "x".repeat(PROFILE_FILE_BYTES_MAX));
    assert!(matches!(parse(&huge), Err(BadProfile(m)) if m[0].fault == Fault::TooLarge));
}

#[test]
fn every_shipped_profile_is_written_line_by_line_as_it_was_read() {
    for Shipped { id, text } in SHIPPED {
        let written = Form::read(text).expect("reads").write();
        // Only a whole number loses its point.
        let text = text.replace(".0 }", " }").replace(".0,", ",");
        // How long readings are kept is said even when there are none.
        let said = if *id == "gateway" { "retention_days = 400\n" } else { "" };
        assert_eq!(written, text + said, "{id}");
    }
}

proptest::proptest! {
    #[test]
    fn whatever_stands_in_a_form_reads_back_from_its_file(
        title in ".*", name in ".*", unit in proptest::option::of(".*"),
        range in proptest::option::of((-1e300..1e300_f64, proptest::num::f64::NORMAL)),
        interval_s in 0_u32.., notes in proptest::collection::vec("[^\\x00-\\x1f\\x7f]*", 0..3),
    ) {
        let mut form = Form::read(GOOD).expect("reads");
        let notes: Vec<&str> = notes.iter().map(|note| note.trim()).collect();
        form.note = notes.join("\n").trim().to_owned();
        form.title_uk = title;
        form.interval_s = interval_s;
        form.fields[0] = FormField { name, unit, range, ..FormField::default() };
        proptest::prop_assert_eq!(Form::read(&form.write()), Ok(form));
    }
}
