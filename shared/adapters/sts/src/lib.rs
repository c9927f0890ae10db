//! The linked accounts: sessions of their roles.

mod narrowed;
#[cfg(feature = "replay")]
pub mod replay;
mod sessions;

pub use sessions::{Accounts, call};
