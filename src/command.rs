//! What owners say when they answer mail: commands, notes, and what could not be understood.
//!
//! A word that goes to a client, or that cannot be undone, counts only when it is written exactly (send, price, waive,
//! decline, done); the others forgive a typing error. Nothing that is written is lost.

pub mod admit;
pub mod apply;
mod context;
pub mod handover;
mod read;
mod spoken;

pub use context::{context, read_for_cases};
pub use read::read;
pub use spoken::{Command, Context, Item, Meet, Price, Said, Spoken, Target, Wait};
