//! Bodies, read within bounds: a request that is far larger than any legal one is refused before work is done for it.
//!
//! A reader from a crate gives no place to stop at, and takes the last of two members of one name.

use std::cell::{Cell, RefCell};

use domain::{Error, Pointer, Problems, Result};
use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// A body has at most so many bytes. The largest legal one has [40 tags](domain::tags::MAX_TAGS) of 128 + 256 characters, which have up
/// to 4 bytes, or 6 if the client escapes them: 92,160 bytes, and some thousand for the rest.
pub const MAX_BODY_BYTES: usize = 128 * 1024;
/// Lists and objects are nested at most so deep. The largest legal depth is 3.
const MAX_DEPTH: usize = 8;
/// A list has at most so many elements, an object so many members. The longest legal ones have 40.
const MAX_LENGTH: usize = 100;
/// A body has at most so many values in all. Legal ones have less than 200.
const MAX_VALUES: usize = 1_000;
/// A text has at most so many bytes. The longest legal one has 1,000 characters.
const MAX_TEXT_BYTES: usize = 8 * 1024;
/// The name of a member has at most so many bytes. The longest legal one is the key of a tag, 128 characters.
const MAX_NAME_BYTES: usize = 1024;

/// Reads `text`.
pub(crate) fn read(text: &str) -> Result<Value> {
    let reading = Reading::default();
    let mut json = serde_json::Deserializer::from_str(text);
    let root = Place {
        at: Pointer::root(),
        depth: 0,
        reading: &reading,
    };
    let value = root.deserialize(&mut json).and_then(|value| {
        json.end()?;
        Ok(value)
    });
    value.map_err(|error| match reading.refused.take() {
        Some(problem) => Error::Invalid(problem),
        None => Problems::one(&Pointer::root(), format!("the body is not JSON: {error}")).into(),
    })
}

/// What is known of the whole body while it is read.
#[derive(Default)]
struct Reading {
    values: Cell<usize>,
    refused: RefCell<Option<Problems>>,
}

/// A place at which a value is read.
struct Place<'r> {
    at: Pointer,
    depth: usize,
    reading: &'r Reading,
}

impl Place<'_> {
    /// Stops reading for what is wrong at `at`.
    fn refuse<E: serde::de::Error>(&self, at: &Pointer, detail: String) -> E {
        self.reading.refused.replace(Some(Problems::one(at, detail)));
        E::custom("refused")
    }

    fn child(&self, key: impl std::fmt::Display) -> Self {
        Self {
            at: self.at.child(key),
            depth: self.depth + 1,
            reading: self.reading,
        }
    }

    fn enter<E: serde::de::Error>(&self) -> std::result::Result<(), E> {
        if self.depth < MAX_DEPTH {
            Ok(())
        } else {
            Err(self.refuse(&self.at, format!("is nested deeper than {MAX_DEPTH} levels")))
        }
    }

    fn text<E: serde::de::Error>(&self, text: String) -> std::result::Result<Value, E> {
        if text.len() <= MAX_TEXT_BYTES {
            Ok(Value::String(text))
        } else {
            Err(self.refuse(&self.at, format!("has more than {MAX_TEXT_BYTES} bytes")))
        }
    }
}

impl<'de> DeserializeSeed<'de> for Place<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> std::result::Result<Value, D::Error> {
        let values = self.reading.values.get() + 1;
        self.reading.values.set(values);
        if values > MAX_VALUES {
            return Err(self.refuse(
                &Pointer::root(),
                format!("the body holds more than {MAX_VALUES} values"),
            ));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Place<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> std::result::Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Value, E> {
        self.text(text.to_owned())
    }

    fn visit_string<E: serde::de::Error>(self, text: String) -> std::result::Result<Value, E> {
        self.text(text)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> std::result::Result<Value, A::Error> {
        self.enter()?;
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(self.child(list.len()))? {
            if list.len() == MAX_LENGTH {
                return Err(self.refuse(&self.at, format!("has more than {MAX_LENGTH} elements")));
            }
            list.push(element);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> std::result::Result<Value, A::Error> {
        self.enter()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if name.len() > MAX_NAME_BYTES {
                return Err(self.refuse(
                    &self.at,
                    format!("has a member whose name has more than {MAX_NAME_BYTES} bytes"),
                ));
            }
            if object.contains_key(&name) {
                return Err(self.refuse(&self.at.child(&name), "is there twice".to_owned()));
            }
            if object.len() == MAX_LENGTH {
                return Err(self.refuse(&self.at, format!("has more than {MAX_LENGTH} members")));
            }
            let value = members.next_value_seed(self.child(&name))?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{Just, Strategy, any, prop, prop_assert_eq, prop_oneof, proptest};
    use serde_json::json;

    use super::*;

    fn problem(text: &str) -> (String, String) {
        let Err(Error::Invalid(problems)) = read(text) else {
            panic!("it is read")
        };
        let [problem] = problems.as_slice() else {
            panic!("{problems:?}")
        };
        (problem.pointer.as_str().to_owned(), problem.detail.clone())
    }

    /// Values as serde reads them, within the bounds.
    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<u64>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 32, 5, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..5)
                    .prop_map(|members| Value::Object(members.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_within_the_bounds_is_read_as_serde_reads_it(value in value()) {
            let text = value.to_string();
            let expected: Value = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read(&text).unwrap(), expected);
        }
    }

    #[test]
    fn a_member_that_is_there_twice_is_refused_where_it_is() {
        let (pointer, detail) = problem(r#"{"stages": [{"name": "dev", "name": "prod"}]}"#);
        assert_eq!(
            (pointer.as_str(), detail.as_str()),
            ("/stages/0/name", "is there twice")
        );
        assert_eq!(problem(r#"{"a": 1, "\u0061": 2}"#).0, "/a");
    }

    #[test]
    fn what_is_larger_than_anything_legal_is_one_problem() {
        let many = |count: usize, element: &str| vec![element; count].join(",");
        for (text, pointer) in [
            (format!("{{\"stages\": [{}]}}", many(101, "1")), "/stages"),
            (format!("{}{}", "[".repeat(9), "]".repeat(9)), "/0/0/0/0/0/0/0/0"),
            (format!("{{\"a\": {}", "[".repeat(100_000)), "/a/0/0/0/0/0/0/0"),
            (json!({"label": "x".repeat(8_193)}).to_string(), "/label"),
            (json!({"x".repeat(1_025): 1}).to_string(), ""),
            (
                Value::Object((0..101).map(|n| (n.to_string(), n.into())).collect()).to_string(),
                "",
            ),
            (format!("[{}]", many(50, &format!("[{}]", many(50, "1")))), ""),
        ] {
            let (found, detail) = problem(&text);
            assert_eq!(found, pointer, "{detail}");
            assert!(
                detail.contains("more than") || detail.contains("deeper"),
                "{detail}"
            );
        }
    }

    #[test]
    fn what_is_no_json_is_said_to_be_none() {
        for text in ["", "{", "{\"a\": 1} x", "\"\\ud800\"", "nul"] {
            let (pointer, detail) = problem(text);
            assert_eq!(pointer, "");
            assert!(detail.starts_with("the body is not JSON: "), "{detail}");
        }
    }
}
