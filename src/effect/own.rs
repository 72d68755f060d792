//! What follows for the firm's own people and whom they answer for.

/// That an address belongs to an account, as somebody at the firm said by reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Match {
    /// The unmatched mail that was named.
    pub mail: i64,
    /// The address of its writer, lower case.
    pub address: String,
    /// The key of the account.
    pub account: String,
    /// Who said so: "Kim Vos <kim@firm.example>".
    pub who: String,
    /// The line of the answer that says what became of it.
    pub line: usize,
}
