//! One file for each resource; a handler's name is its operation id.

pub(crate) mod corrections;
pub(crate) mod devices;
pub(crate) mod exports;
pub(crate) mod filter;
pub(crate) mod health;
pub(crate) mod holds;
pub(crate) mod latest;
pub(crate) mod live;
pub(crate) mod map;
pub(crate) mod objects;
pub(crate) mod observations;
pub(crate) mod profiles;
pub(crate) mod programmes;
pub(crate) mod quarantine;
pub(crate) mod status;
pub(crate) mod tiles;
pub(crate) mod trial;
pub(crate) mod unknown;
pub(crate) mod work_list;
pub(crate) mod zones;
