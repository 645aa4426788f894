//! From the store to people and programs: HTTP, the live stream, exports.

mod bulk;
mod capture;
mod city_view;
mod config;
mod export;
mod extract;
mod handler;
mod live;
mod metrics;
mod observe;
mod page;
mod present;
mod problem;
mod router;
mod server;
mod state;
mod unknown;
pub mod view;

pub use router::openapi;
pub use server::serve;
pub use state::{Glimpsing, Health, Parts, Refresh, Replay, TryOut};

#[cfg(test)]
mod tests;
