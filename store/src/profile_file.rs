//! Profile files: readable TOML that says what a kind of device sends. The shipped ones lie in
//! `store/profiles`. Units are converted to the canonical unit of the property; a gas in ppb needs
//! a factor, because only the temperature of its standard makes it µg/m³.

mod check;
mod form;
mod mistake;
#[cfg(test)]
mod tests;

use domain::profile::Profile;

pub use form::{Form, FormField, Retention};
pub use mistake::{BadProfile, Fault, Mistake, Place};

/// A profile that comes with the program.
#[derive(Clone, Copy, Debug)]
pub struct Shipped {
    /// Its id, which is the name of its file.
    pub id: &'static str,
    /// The file.
    pub text: &'static str,
}

macro_rules! shipped {
    ($($id:literal),* $(,)?) => {
        &[$(Shipped { id: $id, text: include_str!(concat!("../profiles/", $id, ".toml")) }),*]
    };
}

/// The profiles that come with the program.
pub const SHIPPED: &[Shipped] = shipped![
    "air-post",
    "flow-meter",
    "gateway",
    "gps-tracker",
    "gtfs-rt-vehicle",
    "leak-sensor",
    "lighting-cabinet",
    "luminaire",
    "openair-mydata",
    "pressure-meter",
    "tasmota-plug",
    "uba-air",
    "zigbee-climate",
];

/// The shipped profiles, parsed; a test proves that each of them is one.
pub fn shipped() -> Vec<Profile> {
    SHIPPED.iter().filter_map(|profile| parse(profile.text).ok()).collect()
}

/// Reads a profile file.
pub fn parse(text: &str) -> Result<Profile, BadProfile> {
    Form::read(text)?.check()
}
