//! Simulated and replayed devices; the text of the crate is its README.
#![doc = include_str!("../README.md")]

mod civil;
mod faults;
mod link;
mod noise;
mod wire;

pub mod behaviour;
pub mod plan;
pub mod replay;
pub mod run;
pub mod stream;

pub use plan::{Plan, device_csv};
