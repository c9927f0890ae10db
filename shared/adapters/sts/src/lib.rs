//! The linked accounts: their roles (STS) and how they were bootstrapped (SSM, IAM).

mod bootstrap;
mod narrowed;
#[cfg(feature = "replay")]
pub mod replay;
mod sessions;

pub use sessions::{Accounts, call};
