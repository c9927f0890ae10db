//! What the table's calls consume: asked of DynamoDB with each call, added up with the other figures of the function's work.

use aws_clients::Calls;
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};

/// What each call asks for: the units of the whole call. No index and no second table needs telling apart.
pub(crate) const WANTED: ReturnConsumedCapacity = ReturnConsumedCapacity::Total;

/// Counts what a call that reads has consumed.
pub(crate) fn read<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
    Calls::consumed(units(consumed), 0.0);
}

/// Counts what a call that writes has consumed.
pub(crate) fn written<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) {
    Calls::consumed(0.0, units(consumed));
}

fn units<'a>(consumed: impl IntoIterator<Item = &'a ConsumedCapacity>) -> f64 {
    let units = consumed
        .into_iter()
        .filter_map(|consumed| consumed.capacity_units);
    // From plus zero: an empty sum is minus zero.
    units.fold(0.0, |sum, units| sum + units)
}
