//! The subcommands that are not `up` or `bench`.

pub(crate) mod credential;
pub(crate) mod device;
pub(crate) mod profile;
pub(crate) mod programme;
pub(crate) mod quarantine;
pub(crate) mod registry;
pub(crate) mod replay;
pub(crate) mod sim;
pub(crate) mod store;
