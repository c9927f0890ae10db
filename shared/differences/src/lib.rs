//! Differences between texts and between CloudFormation templates, as pure functions.

mod iam;
mod replacement;
mod template;
mod text;

pub use iam::{AccessChange, ChangeKind};
pub use template::{
    AddedResource, ChangedResource, PropertyChange, RemovedResource, ReplacedResource, StackDifference,
    difference,
};
pub use text::unified;
