//! CRC-16/ARC (polynomial 0x8005 reflected, begin 0), which Teltonika calls CRC-16/IBM and Wialon
//! uses too.

/// The checksum of some bytes.
pub fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ u16::from(*byte), |crc, _| {
            if crc & 1 == 1 { (crc >> 1) ^ 0xA001 } else { crc >> 1 }
        })
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_check_value_of_the_catalogue_comes_out() {
        assert_eq!(super::crc16(b"123456789"), 0xBB3D);
        assert_eq!(super::crc16(b""), 0);
    }
}
