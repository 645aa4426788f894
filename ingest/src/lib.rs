//! From a gateway to the commit and the acknowledgement: gateways hand over arrivals, one thread
//! decodes and resolves them, another commits them in batches, answers who waits, and tells what
//! changed. An acknowledgement leaves after the commit, never before (invariant I3).

mod arrival;
mod aside;
mod backoff;
pub mod codec;
mod commit;
mod gateway;
mod handover;
mod health;
mod ledger;
mod metrics;
mod pipeline;
mod plan;
mod prepared;
mod refusals;
mod resolve;
mod route;
mod start;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

pub use gateway::mqtt::SourceConfig;
pub use health::Health;
pub use metrics::{Counter, Metrics};
pub use start::{Config, Ingest, Parts, StartError};
