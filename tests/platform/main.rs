//! The platform from outside: the real binary on free ports in a temporary folder.

mod bench;
mod commands;
mod configuration;
mod crash;
mod day;
mod demo;
mod formats;
mod house;
mod mosquitto;
mod openair;
mod platform;
mod profiles;
mod quarantine;
mod replay;
mod snapshot;
mod spine;
mod wire;
