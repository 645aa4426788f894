use proptest::prelude::*;

use super::*;

const HEADING: &str = "id,community,kind,profile,name,lat,lon,funding,owner,zone,commissioned_on";

fn one(text: &str) -> DeviceRow {
    let rows = read(text.as_bytes(), "devices.csv").expect("a good file");
    assert_eq!(rows.len(), 1);
    rows.into_iter().next().expect("one")
}

fn told(text: &[u8]) -> Vec<String> {
    let errors = read(text, "devices.csv").expect_err("a bad file");
    errors.iter().map(LineError::to_string).collect()
}

#[test]
fn the_file_of_a_spreadsheet_reads_as_the_file_of_a_program() {
    let program = format!(
        "{HEADING},price_kuah\n\
         air-1,odesa,air,air-post,Пост,46.48,30.73,odesa-city-2024/14.2=0.6;grant:EGAP=0.4,КП,,\
         2026-11-01,12.5\n"
    );
    let spreadsheet = "\u{feff}id;community;kind;profile;name;lat;lon;funding;owner;zone;\
         commissioned_on;price_kuah\r\n\
         air-1;odesa;air;air-post;Пост;46,48;30,73;\"odesa-city-2024/14.2=0,6;grant:EGAP=0,4\";\
         КП;;01.11.2026;12,5\r\n";
    assert_eq!(one(&program), one(spreadsheet));
    assert_eq!(one(&program).line, 2);
}

#[test]
fn every_mistake_of_every_row_is_told_with_its_line() {
    let text = format!(
        "{HEADING},access,simulated\r\n\
         air-1,odesa,air,air-post,Пост,46.48,30.73,grant:EGAP,КП,,,,\r\n\
         \r\n\
         Air-2,odesa,bird,air-post,,46.48,,,КП,,31.02.2026,secret,maybe\r\n\
         air-3,odesa,air,air-post,Пост,446.48,30.73,grant:EGAP=2,,,,,\r\n\
         air-4,odesa\r\n"
    );
    let columns = told(text.as_bytes());
    assert_eq!(columns, ["devices.csv:6: 2 cells, expected 13"]);
    let text = text.replace("air-4,odesa\r\n", "");
    let expected = [
        "devices.csv:4: `id`: `Air-2` is no device id, expected [a-z0-9][a-z0-9-]{0,63}",
        "devices.csv:4: `kind`: `bird` is no kind, expected air, vehicle, light, water or gateway",
        "devices.csv:4: `name` is empty",
        "devices.csv:4: one of lat and lon is empty, expected both or none",
        "devices.csv:4: funding is empty, expected `programme/measure`, `grant:…`, `own:…` or \
         `partner:…`",
        "devices.csv:4: `commissioned_on`: `31.02.2026` is no day, expected one like 2026-11-22",
        "devices.csv:4: `access`: `secret`, expected public, internal or restricted",
        "devices.csv:4: `simulated`: `maybe`, expected true or false",
        "devices.csv:5: `446.48, 30.73` is no place, expected WGS 84 degrees",
        "devices.csv:5: share `2` is no number above 0 and at most 1",
        "devices.csv:5: `owner` is empty",
    ];
    assert_eq!(told(text.as_bytes()), expected);
}

#[test]
fn a_heading_that_is_not_ours_is_told_whole() {
    let text = "id,community,kind,profile,name,lat,lon,funding,owner,zone,colour,id\n";
    let errors = told(text.as_bytes());
    assert!(errors[0].starts_with("devices.csv:1: unknown column `colour`, expected id, "));
    assert_eq!(errors[1], "devices.csv:1: column `id` stands twice");
    assert_eq!(errors[2], "devices.csv:1: column `commissioned_on` is missing");
    assert_eq!(told(b"").len(), REQUIRED);
    let windows_1251 = format!("{HEADING}\nair-1,odesa,air,air-post,");
    let mut bytes = windows_1251.into_bytes();
    bytes.extend([0xCF, 0xEE, 0xF1, 0xF2]);
    assert_eq!(told(&bytes), ["devices.csv:2: not UTF-8, expected a file saved as `CSV UTF-8`"]);
}

fn text() -> impl Strategy<Value = String> {
    "[а-яїєґa-z0-9«»,;\"'.=-]([а-яїєґa-z0-9 «»,;\"'\n.=-]{0,12}[а-яїєґa-z0-9])?"
}

fn row() -> impl Strategy<Value = DeviceRow> {
    let paper = || prop::option::of(text());
    let names = (text(), text(), paper(), paper(), paper(), paper());
    let numbers = (prop::option::of((-90.0..90.0, -180.0..180.0)), prop::option::of(0.0..1e6));
    let rest = (prop::option::of(any::<bool>()), 0..3usize, 1..100u8);
    (names, numbers, rest).prop_map(|(names, (place, price), (simulated, seat, share))| {
        let (name, owner, object_name, address, contract, supply_queue) = names;
        let share = f64::from(share) / 100.0;
        let funding = match seat {
            0 => "odesa-city-2024/14.2".to_owned(),
            _ => format!("grant:EGAP={share};own:КП={}", 1.0 - share),
        };
        DeviceRow {
            line: 2,
            id: "air-1".parse().expect("valid"),
            community: "odesa".parse().expect("valid"),
            kind: Kind::Air,
            profile: "air-post".parse().expect("valid"),
            name,
            place: place.and_then(|(lat, lon)| Place::new(lat, lon)),
            funding: funding.parse().expect("valid"),
            zone: None,
            commissioned_on: Some("2026-11-01".to_owned()),
            mounting: [
                None,
                Some(Mounting::Nowhere),
                Some(Mounting::On("post-1".parse().expect("valid"))),
            ][seat]
                .clone(),
            object_name,
            zone_name: None,
            gateway: None,
            passport: Passport { owner, contract, price_kuah: price, ..Passport::default() },
            address,
            supply_queue,
            access: Some(Access::Restricted),
            simulated,
            external_id: simulated.map(|_| "esp8266-123456".parse().expect("valid")),
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(row in row()) {
        let mut file = Vec::new();
        write(std::slice::from_ref(&row), &mut file).expect("writes");
        let read = read(file.as_slice(), "devices.csv").map_err(|e| e[0].to_string());
        prop_assert_eq!(read, Ok(vec![row]));
    }
}

#[test]
fn every_column_is_explained_in_the_docs() {
    let docs = include_str!("../../../docs/FILES.md");
    for column in COLUMNS {
        assert!(docs.contains(&format!("`{column}`")), "`{column}` is not in docs/FILES.md");
    }
}
