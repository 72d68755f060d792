//! One binary for all integration tests: a link saved a file.

mod chain;
mod compose;
mod config;
mod crash;
mod decide;
mod directory;
mod faults;
mod flow;
mod harness;
mod mailbox;
mod reading;
mod smtp;
mod store;
mod tidy;
