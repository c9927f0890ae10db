//! What people say of runs.

use crate::text::{check_length, check_one_line, check_printable, text_type};

text_type! {
    /// Why a run is stopped: 1-200 characters on one line.
    StopReason, check_stop_reason, r"^[^\s\x00-\x1F\x7F-\x9F\uFFFE\uFFFF]([^\x00-\x1F\x7F-\x9F\uFFFE\uFFFF]{0,198}[^\s\x00-\x1F\x7F-\x9F\uFFFE\uFFFF])?$"
}

fn check_stop_reason(text: &str) -> Result<(), String> {
    check_length(text, 1..=200)?;
    check_printable(text)?;
    check_one_line(text)
}
