use super::*;

const OBJECT: ObjectNo = ObjectNo(40);

fn cell(slot: u16, value: f64, quality: Quality) -> StoredCell {
    StoredCell { slot, quality, arrival_s: 1_795_256_102, value }
}

#[test]
fn a_head_on_disk_is_what_it_was() {
    let golden = [
        0x9a, 0x25, 0x9a, 0xfd, 0xa1, 1, 0, 0, // newest
        0, 0, 0, 0, 0, 0, 0, 0x80, // nothing sealed
        3, 0, 1, 0, // slot, quality
        0x9a, 0x25, 0x9a, 0xfd, 0xa1, 1, 0, 0, // time
        0x26, 0x6f, 0x01, 0x6b, 0, 0, 0, 0, // arrival
        0, 0, 0, 0, 0, 0, 0x29, 0x40, // value
        0x9a, 0x25, 0x9a, 0xfd, 0xa1, 1, 0, 0, // loose from
    ];
    let time = Timestamp(1_795_256_100_250);
    let mut head = Head::empty();
    assert!(head.note(time, &cell(3, 12.5, Quality::RANGE)));
    head.grow(time);
    let mut written = Vec::new();
    head.encode(&mut written);
    assert_eq!(written, golden, "{written:02x?}");
    let read = Head::decode(OBJECT, &golden).expect("golden bytes");
    assert_eq!((read.newest, read.sealed_until), (time, Timestamp(i64::MIN)));
    assert_eq!(read.loose_from, time);
    assert_eq!(read.cells, head.cells);
    assert!(!read.is_due());
    assert!(Head::decode(OBJECT, &golden[..43]).is_err());
    let without_loose_from = Head::decode(OBJECT, &golden[..44]).expect("as heads once were");
    assert_eq!(without_loose_from.loose_from, Timestamp(i64::MIN), "rows may stand anywhere");
}

#[test]
fn a_head_is_due_at_first_and_then_after_some_rows() {
    for object in [0, 17, 31, 60_000].map(ObjectNo) {
        let mut head = Head::empty();
        head.grow(Timestamp(0));
        assert!(head.is_due(), "the first row");
        head.saved(object);
        let rows = (1..=100).find(|row| {
            head.grow(Timestamp(*row));
            head.is_due()
        });
        let rows = rows.expect("it comes due");
        assert!((32..=i64::from(ROWS_UNSAVED_MAX)).contains(&rows), "{rows} rows of {object:?}");
    }
}

#[test]
fn a_late_cell_moves_nothing_but_corrects_what_is_shown() {
    let mut head = Head::empty();
    let (early, late) = (Timestamp(10), Timestamp(20));
    assert!(!head.note(late, &cell(0, 1.0, Quality::LATE)));
    assert_eq!(head.latest(0), None);
    assert!(head.note(early, &cell(0, 2.0, Quality::GOOD)));
    assert!(!head.note(late, &cell(0, 3.0, Quality::LATE)));
    assert!(!head.note(Timestamp(9), &cell(0, 4.0, Quality::GOOD)));
    assert_eq!(head.latest(0).map(|l| (l.time, l.value)), Some((early, 2.0)));
    assert!(head.note(early, &cell(0, 5.0, Quality::LATE)));
    assert_eq!(head.latest(0).map(|l| (l.time, l.value)), Some((early, 5.0)));
}

#[test]
fn a_head_knows_where_the_rows_outside_of_blocks_begin() {
    let mut head = Head::empty();
    head.grow(Timestamp(10));
    head.grow(Timestamp(20));
    assert_eq!(head.loose_from, Timestamp(10));
    head.saved(OBJECT);
    head.seal((Timestamp(10), Timestamp(21)), Timestamp(20));
    assert_eq!((head.loose_from, head.sealed_until), (Timestamp(21), Timestamp(20)));
    head.loosen(Timestamp(15));
    assert_eq!(head.loose_from, Timestamp(15));
    assert!(head.is_due(), "an opening does not find a row that is not the newest");
    head.seal((Timestamp(21), Timestamp(31)), Timestamp(30));
    assert_eq!(head.loose_from, Timestamp(15), "it came after the look for loose rows began");
}
