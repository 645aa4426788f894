//! From a gateway to the commit and the acknowledgement; the text of the crate is its README.
#![doc = include_str!("../README.md")]

mod arrival;
mod aside;
mod backoff;
mod command;
mod commit;
mod edges;
mod gateway;
mod glimpse;
mod handover;
mod health;
mod ledger;
mod metrics;
mod pipeline;
mod plan;
mod prepared;
mod refusals;
mod replay;
mod resolve;
mod route;
mod start;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use gateway::mqtt::SourceConfig;
pub use glimpse::glimpse;
pub use health::Health;
pub use metrics::{Counter, Metrics};
pub use replay::Replayer;
pub use resolve::try_out;
pub use start::{Config, Ingest, Parts, StartError};
