//! Real servers as private child processes on loopback, one folder each, gone when dropped.

pub mod daemon;
pub mod disk;
pub mod dovecot;
pub mod port;
pub mod postfix;
pub mod postgres;
pub mod provider;
pub mod proxy;
pub mod random;
pub mod relay;
pub mod sink;
pub mod story;
