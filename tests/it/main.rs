//! One binary for all integration tests: a link saved a file.

#![allow(
    clippy::unwrap_used,
    clippy::print_stderr,
    reason = "a test may stop at what it did not expect, and say what it left out"
)]

mod agreeing;
mod answers;
mod applying;
mod attacks;
mod backup;
mod chain;
mod chaos;
mod classifying;
mod cli;
mod clock;
mod commands;
mod compose;
mod config;
mod counting;
mod coverage;
mod crash;
mod decide;
mod delivery;
mod directory;
mod faults;
mod flow;
mod follow_ups;
mod harness;
mod hours;
mod init;
mod learning;
mod looks;
mod mailbox;
mod many;
mod oauth;
mod offers;
mod privacy;
mod promises;
mod quirks;
mod reading;
mod recovery;
mod running;
mod schedule;
mod scope;
mod secrets;
mod smtp;
mod store;
mod storm;
mod story;
mod tidy;
mod web;
mod weekly;
mod wording;
