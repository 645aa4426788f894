use super::*;

#[test]
fn a_text_on_disk_is_what_it_was() {
    let text = Text {
        object: ObjectNo(258),
        property: "route".parse().expect("a property"),
        time: Timestamp(1_795_256_100_250),
        arrival: Timestamp(1_795_256_102_000),
        text: "8-б".into(),
    };
    let key = text_key(text.object, &text.property, text.time);
    let golden = b"\x00\x00\x01\x02route\x00\x80\x00\x01\xa1\xfd\x9a\x25\x9a";
    assert_eq!(key, golden, "{key:02x?}");
    let read = parse_text_key(golden).expect("golden bytes");
    assert_eq!(read, (text.object, text.property.clone(), text.time));
    let value = encode_text(&text);
    assert_eq!(value, b"\x048-\xd0\xb1", "{value:02x?}");
    assert_eq!(decode_text(&value).expect("golden bytes"), "8-б");
    assert!(parse_text_key(&key[..17]).is_err());
    assert!(decode_text(b"\x04\xff").is_err() && decode_text(b"").is_err());
}
