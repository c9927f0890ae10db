//! CloudFormation's intrinsic functions, written as the CDK writes them.

use serde_json::{Value, json};

/// `{"Ref": …}`
pub(crate) fn reference(logical_id: &str) -> Value {
    json!({ "Ref": logical_id })
}

/// The ARN of a resource.
pub(crate) fn arn_of(logical_id: &str) -> Value {
    json!({ "Fn::GetAtt": [logical_id, "Arn"] })
}

/// The parts as one string: a plain one if all parts are, else `Fn::Join` with neighbouring strings put together.
pub(crate) fn concat(parts: impl IntoIterator<Item = Value>) -> Value {
    let mut joined: Vec<Value> = Vec::new();
    for part in parts {
        match (joined.last_mut(), part) {
            (Some(Value::String(last)), Value::String(text)) => last.push_str(&text),
            (_, part) => joined.push(part),
        }
    }
    match &mut joined[..] {
        [Value::String(text)] => Value::String(std::mem::take(text)),
        _ => json!({ "Fn::Join": ["", joined] }),
    }
}

/// A list in which one element stands for itself, as IAM allows and the CDK writes.
pub(crate) fn one_or_many(mut values: Vec<Value>) -> Value {
    if values.len() == 1 {
        values.remove(0)
    } else {
        Value::Array(values)
    }
}

/// Each value once, in the order of their JSON texts: the CDK's order in policies.
pub(crate) fn sorted_set(values: impl IntoIterator<Item = Value>) -> Vec<Value> {
    let mut keyed: Vec<(String, Value)> = values
        .into_iter()
        .map(|value| (value.to_string(), value))
        .collect();
    keyed.sort_by(|(a, _), (b, _)| a.cmp(b));
    keyed.dedup_by(|(a, _), (b, _)| a == b);
    keyed.into_iter().map(|(_, value)| value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbouring_strings_are_put_together() {
        assert_eq!(concat([json!("a"), json!("b")]), json!("ab"));
        assert_eq!(
            concat([json!("a"), json!("b"), reference("X"), json!("c"), json!("d")]),
            json!({ "Fn::Join": ["", ["ab", { "Ref": "X" }, "cd"]] })
        );
    }

    #[test]
    fn a_set_is_sorted_by_json_text() {
        assert_eq!(
            sorted_set([arn_of("B"), json!("z"), arn_of("A"), json!("z")]),
            [json!("z"), arn_of("A"), arn_of("B")]
        );
    }
}
