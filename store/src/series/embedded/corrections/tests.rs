use super::*;

#[test]
fn a_correction_on_disk_is_what_it_was() {
    let id = DatastreamId { object: ObjectNo(258), slot: 3 };
    let time = Timestamp(1_795_256_100_250);
    let old = StoredCell { slot: 3, quality: Quality::LATE, arrival_s: 1, value: 12.5 };
    let new = StoredCell { slot: 3, quality: Quality::CORRECTED, arrival_s: 258, value: -1.0 };
    let golden_key = [0, 0, 1, 2, 0, 3, 0x80, 0, 1, 0xa1, 0xfd, 0x9a, 0x25, 0x9a, 0, 0, 0, 7];
    assert_eq!(key(id, time, 7), golden_key);
    assert_eq!(parse_key(&golden_key).expect("golden bytes"), (time, 7));
    let golden = [
        0x20, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x40, // old
        0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xf0, 0xbf, // new
    ];
    assert_eq!(encode(&Replaced { old, new }), golden);
    let read = decode(time, &golden).expect("golden bytes");
    assert_eq!((read.old.value, read.old.quality), (12.5, Quality::LATE));
    assert_eq!((read.new.value, read.new.arrival), (-1.0, Timestamp(258_000)));
    assert!(decode(time, &golden[..35]).is_err());
}
