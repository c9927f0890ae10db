//! The linked accounts: their roles (STS) and how they were bootstrapped (SSM, IAM).

mod bootstrap;
mod narrowed;
mod sessions;

pub use sessions::Accounts;
