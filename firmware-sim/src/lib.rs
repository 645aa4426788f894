//! A city of devices that misbehave on purpose, from one seed.
