//! Pairdesk reads the mailbox that clients write to, notices complaints and requests for more than was agreed, and
//! brings each to the two people who own the account: one from sales, one from operations.
//!
//! Mail is read once, decided once, and what follows is written down before it is done:
//!
//! ```text
//! IMAP / Maildir                                                                SMTP
//!      v                                                                          ^
//!   mailbox  ->  message  ->  classify  ->  intake  ->  [Effect]  ->  store  ->  outbox
//!    (I/O)        (pure)       (pure)       (pure)          ^        (one tx)    (loop)
//!                                           clock  -> schedule -+
//! ```
//!
//! [`intake::decide`] and [`schedule::digests`] are deterministic functions without I/O, clock, randomness or errors: bad
//! mail is data. Everything they may know is loaded before; the time and the seed of fresh ids are handed in.
//! `store::perform` carries the effects out in the caller's transaction: the raw mail, the case changes, the finished
//! outgoing mails and the mailbox cursor commit together. The network is never touched inside a transaction.
//!
//! Each line may use only lines below it; within "I/O" never each other (`tests/it/tidy.rs` holds it):
//!
//! ```text
//! shell    cli · daemon · worker · web · demo · config · clock · telemetry
//! I/O      store · mailbox · smtp · provider
//! decide   intake · schedule · command
//! read     classify · compose · outbox
//! words    message · case · directory · effect · server · money · offer · token · day · mood · oauth · pattern
//! ```

pub mod case;
pub mod classify;
pub mod cli;
pub mod clock;
pub mod command;
pub mod compose;
pub mod config;
pub mod daemon;
pub mod day;
pub mod demo;
pub mod directory;
pub mod effect;
pub mod intake;
pub mod mailbox;
pub mod message;
pub mod money;
pub mod mood;
pub mod oauth;
pub mod offer;
pub mod outbox;
mod pattern;
pub mod provider;
pub mod schedule;
pub mod server;
pub mod smtp;
pub mod store;
pub mod telemetry;
pub mod token;
pub mod web;
pub mod worker;
