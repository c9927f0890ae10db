//! Times as the records have them: in UTC, to the millisecond, which is what the AWS services tell, too.

use time::OffsetDateTime;

/// Now.
#[must_use]
pub fn now() -> OffsetDateTime {
    to_millisecond(OffsetDateTime::now_utc())
}

/// `time`, rounded to the millisecond: services send times as decimal fractions, which become 684.999 ms on their way.
#[must_use]
pub fn to_millisecond(time: OffsetDateTime) -> OffsetDateTime {
    let rounded = time.saturating_add(time::Duration::microseconds(500));
    rounded.replace_millisecond(rounded.millisecond()).unwrap_or(time)
}
