//! What only requests are made of has no room for members that the document does not name: the API refuses those. Answers stay
//! open, so that they can get more members later.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::Value;
use utoipa::{
    Modify,
    openapi::{OpenApi, RefOr, Schema, schema::AdditionalProperties},
};

use crate::operations::operations;

/// Closes the objects that requests send and no answer holds.
pub(crate) struct ClosedRequests;

impl Modify for ClosedRequests {
    fn modify(&self, document: &mut OpenApi) {
        let (mut sent, mut answered) = (BTreeSet::new(), BTreeSet::new());
        for operation in document.paths.paths.values_mut().flat_map(operations) {
            sent.extend(names(&operation.request_body));
            answered.extend(names(&operation.responses));
        }
        let schemas = &mut document.components.get_or_insert_default().schemas;
        let reached = |mut names: BTreeSet<String>| loop {
            let within: BTreeSet<String> = names
                .iter()
                .flat_map(|name| self::names(&schemas.get(name)))
                .collect();
            if within.is_subset(&names) {
                return names;
            }
            names.extend(within);
        };
        let (sent, answered) = (reached(sent), reached(answered));
        for name in sent.difference(&answered) {
            if let Some(RefOr::T(Schema::Object(object))) = schemas.get_mut(name)
                && !object.properties.is_empty()
            {
                object.additional_properties = Some(Box::new(AdditionalProperties::FreeForm(false)));
            }
        }
    }
}

/// The schemas that a part of the document refers to.
fn names(part: &impl Serialize) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut values = vec![serde_json::to_value(part).unwrap_or_default()];
    while let Some(value) = values.pop() {
        match value {
            Value::Object(members) => {
                if let Some(Value::String(target)) = members.get("$ref") {
                    names.extend(target.rsplit('/').next().map(str::to_owned));
                }
                values.extend(members.into_iter().map(|(_, value)| value));
            }
            Value::Array(elements) => values.extend(elements),
            _ => {}
        }
    }
    names
}
