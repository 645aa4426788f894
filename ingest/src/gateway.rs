//! Gateways: how messages come in. Each hands over arrivals through one bounded channel and makes
//! the verdict of each the acknowledgement of its transport.

pub(crate) mod broker;
pub(crate) mod entrance;
pub(crate) mod http;
pub(crate) mod mqtt;
pub(crate) mod tracker;
pub(crate) mod turns;
