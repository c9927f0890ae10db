//! Where use cases meet Lambda.
