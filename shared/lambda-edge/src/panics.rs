//! Panics as errors.

use std::any::Any;

use domain::Error;

/// The error that a panic is, which came while the function was `doing` something.
pub(crate) fn error(doing: String, panic: &(dyn Any + Send)) -> Error {
    Error::Panic {
        doing,
        source: message(panic).to_owned().into(),
    }
}

fn message(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message")
}
