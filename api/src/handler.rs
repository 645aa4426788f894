//! One file for each resource; a handler's name is its operation id.

pub mod devices;
mod filter;
pub mod latest;
pub mod live;
pub mod map;
pub mod objects;
pub mod observations;
pub mod profiles;
pub mod programmes;
pub mod quarantine;
pub mod status;
