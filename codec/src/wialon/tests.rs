//! Tests of the Wialon codec, with the check line of its version 2.0.

use proptest::prelude::*;

use super::*;

const ARRIVED: Timestamp = Timestamp(1_795_342_600_000);
const CHECK: &str = "#SD#300924;154245;5554.350052;N;3644.670410;E;2.92;NA;NA;NA;7A01\r\n";
const LONG: &str = "#D#221126;101500;4628.9500;N;03043.3980;E;36;184;40;9;0.8;1;0;14.77,NA,3.6;\
                    AB45DF01145;ignition:1:1,fuel:2:45.8,hw:3:V4.5,";

fn only(line: &str) -> Vec<(String, Value<'_>)> {
    let decoded = decode(line.as_bytes(), ARRIVED).expect("a line");
    assert_eq!((decoded.readings.len(), decoded.unusable.len()), (1, 0), "{line}");
    let fields = decoded.readings.into_iter().flat_map(|reading| reading.fields);
    fields.map(|(name, value)| (name.into_owned(), value)).collect()
}

fn reason(line: &str) -> Option<Reason> {
    match decode(line.as_bytes(), ARRIVED) {
        Err(unusable) => Some(unusable.reason),
        Ok(decoded) => decoded.unusable.first().map(|unusable| unusable.reason),
    }
}

/// The line with its checksum as version 2.0 writes it.
fn signed(line: &str) -> String {
    let (head, body) = line[1..].split_once('#').expect("a line");
    format!("#{head}#{body}{:X}\r\n", crc16(body.as_bytes()))
}

#[test]
fn the_check_line_of_version_2_is_read() {
    let decoded = decode(CHECK.as_bytes(), ARRIVED).expect("a line");
    assert_eq!(decoded.readings[0].time, "2024-09-30T15:42:45Z".parse().expect("a time"));
    let fields = only(CHECK);
    let expected = [("lat", 55.905_834_2), ("lon", 36.744_506_8)];
    for ((name, value), (known, degrees)) in fields.iter().zip(expected) {
        let Value::Quantity(value, Unit::Degree) = value else { panic!("{name}: {value:?}") };
        assert!(name == known && (value - degrees).abs() < 1e-7, "{name}: {value}");
    }
    let speed = Value::Quantity(2.92, Unit::KilometrePerHour);
    assert_eq!(fields[2..], [("speed".to_owned(), speed)], "course and satellites are NA");
    assert_eq!(reason(&CHECK.replace("7A01", "7a01")), None);
    assert_eq!(reason(&CHECK.replace("7A01", "7A02")), Some(Reason::BadFrame));
    assert_eq!(reason(&CHECK.replace("2.92", "2.93")), Some(Reason::BadFrame));
    assert_eq!(reason(&CHECK.replace("7A01", "0x7A01")), None, "a prefix that has been seen");
}

#[test]
fn version_1_has_no_checksum_and_the_long_line_has_sensors() {
    let fields = only(LONG);
    let names: Vec<_> = fields.iter().map(|(name, _)| name.as_str()).collect();
    let expected = [
        "lat",
        "lon",
        "speed",
        "bearing",
        "satellites",
        "hdop",
        "inputs",
        "outputs",
        "adc_1",
        "adc_3",
        "driver_key",
        "ignition",
        "fuel",
        "hw",
    ];
    assert_eq!(names, expected);
    assert_eq!(fields[11].1, Value::Number(1.0));
    assert_eq!(fields[13].1, Value::Text("V4.5".into()));
    assert_eq!(only(&signed(&format!("{LONG};"))), fields);
    let south_west = LONG.replace(";N;", ";S;").replace(";E;", ";W;");
    let Value::Quantity(lat, _) = only(&south_west)[0].1 else { panic!("no latitude") };
    assert!((lat + 46.4825).abs() < 1e-6);
}

#[test]
fn a_black_box_gives_many_records_and_keeps_the_bad_one_apart() {
    let good = "221126;101500;4628.9500;N;03043.3980;E;36;184;40;9";
    let later = good.replace("101500", "101501");
    let boxed = format!("#B#{good}|bad|{later}\r\n");
    let decoded = decode(boxed.as_bytes(), ARRIVED).expect("a line");
    assert_eq!(decoded.readings.len(), 2);
    assert_eq!(
        (decoded.unusable[0].element, decoded.unusable[0].reason),
        (Some(1), Reason::BadElement)
    );
    for signed in [signed(&format!("#B#{good}|{later}|")), signed(&format!("#B#{good}|{later};"))] {
        let decoded = decode(signed.as_bytes(), ARRIVED).expect("a signed line");
        assert_eq!((decoded.readings.len(), decoded.unusable.len()), (2, 0), "{signed}");
    }
    let trailing = format!("#B#{good}|\r\n");
    assert_eq!(decode(trailing.as_bytes(), ARRIVED).expect("a line").readings.len(), 1);
}

#[test]
fn what_is_not_there_is_no_value_and_what_is_wrong_is_said() {
    let bare = "#SD#NA;NA;NA;NA;NA;NA;0.0;;NA;5";
    let decoded = decode(bare.as_bytes(), ARRIVED).expect("a line");
    assert_eq!(decoded.readings[0].time, ARRIVED);
    assert!(decoded.readings[0].flags.has(Quality::NO_DEVICE_TIME));
    assert_eq!(decoded.readings[0].fields.len(), 2);
    for (line, expected) in [
        ("#SD#310226;101500;4628.95;N;03043.39;E;1;2;3;4", Reason::BadTime),
        ("#SD#22112;101500;4628.95;N;03043.39;E;1;2;3;4", Reason::BadTime),
        ("#SD#221126;10150;4628.95;N;03043.39;E;1;2;3;4", Reason::BadTime),
        ("#SD#221126;101500;4628.95;X;03043.39;E;1;2;3;4", Reason::BadElement),
        ("#SD#221126;101500;8.95;N;03043.39;E;1;2;3;4", Reason::BadElement),
        ("#SD#221126;101500", Reason::BadElement),
        ("#XX#1", Reason::BadFrame),
        ("GET / HTTP/1.1", Reason::BadFrame),
    ] {
        assert_eq!(reason(line), Some(expected), "{line}");
    }
    for line in ["#P#", "#M#привіт", "#L#2.0;356307042441013;NA;1"] {
        assert_eq!(decode(line.as_bytes(), ARRIVED), Ok(Decoded::default()), "{line}");
    }
}

proptest! {
    #[test]
    fn no_line_makes_it_panic(
        head in "#(SD|D|B|L|P|M)#",
        body in "[0-9NAESW.;|:,x#а-я-]{0,120}",
        bytes in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        let line = head + &body;
        let _outcome = (decode(line.as_bytes(), ARRIVED), decode(&bytes, ARRIVED));
        let signed = signed(&line);
        let _outcome = decode(signed.as_bytes(), ARRIVED);
    }
}
