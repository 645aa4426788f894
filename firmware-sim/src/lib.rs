//! A city of devices that misbehave on purpose, from one seed; and replay of real recordings.
//! Both speak to a broker exactly as real devices would: over MQTT, each under its own name.

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
