//! The linked accounts: the way in, how they were bootstrapped, and what is there.

pub mod bootstrap;
pub mod repositories;
pub mod role_template;
pub mod session_policy;
pub mod sessions;
pub mod stacks;
pub mod stage_transitions;
