//! From the store to people and programs.
