//! Outgoing mails: values in, RFC 5322 bytes out. Pure: no I/O, no clock, no failure.
