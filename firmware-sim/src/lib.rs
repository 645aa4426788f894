//! A city of devices that misbehave on purpose, from one seed; and replay of real recordings.
//! Both speak to a broker exactly as real devices would: over MQTT, each under its own name.

mod noise;

pub mod plan;

pub use plan::{Plan, device_csv};
