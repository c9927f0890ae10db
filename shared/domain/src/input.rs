//! Reading JSON into domain types so that all problems are reported at once.
//!
//! `serde`'s derived readers stop at the first error; a person who posts a form wants to see all of them.

use serde_json::{Map, Value};

use crate::problems::{Pointer, Problems};

/// A type that is read from JSON. `None` means that at least one problem was added.
pub trait FromInput: Sized {
    /// Reads `value`, which stands at `at`; adds what is wrong to `problems`.
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self>;
}

/// Reads a whole input.
pub fn parse<T: FromInput>(value: &Value) -> Result<T, Problems> {
    let mut problems = Problems::none();
    let parsed = T::from_input(value, &Pointer::root(), &mut problems);
    problems.finish(parsed)
}

/// The members of a JSON object while they are read; members that nobody asked for are problems.
pub struct Members<'v> {
    values: &'v Map<String, Value>,
    at: Pointer,
    known: Vec<&'static str>,
}

impl<'v> Members<'v> {
    /// The members of `value`, or a problem if it is no object.
    pub fn of(value: &'v Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        if let Value::Object(members) = value {
            Some(Self {
                values: members,
                at: at.clone(),
                known: Vec::new(),
            })
        } else {
            problems.add(at, format!("must be an object, not {}", kind(value)));
            None
        }
    }

    /// Where the member `key` stands.
    #[must_use]
    pub fn at(&self, key: &str) -> Pointer {
        self.at.child(key)
    }

    /// The member `key` as it stands.
    #[must_use]
    pub fn value(&self, key: &str) -> Option<&'v Value> {
        self.values.get(key)
    }

    /// A member that must be there.
    pub fn required<T: FromInput>(&mut self, key: &'static str, problems: &mut Problems) -> Option<T> {
        self.known.push(key);
        if let Some(value) = self.values.get(key) {
            T::from_input(value, &self.at(key), problems)
        } else {
            problems.add(&self.at(key), "is required");
            None
        }
    }

    /// A member that may be missing or null: `Some(None)` then; `None` if it is there and wrong.
    pub fn optional<T: FromInput>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Option<T>> {
        self.known.push(key);
        match self.values.get(key) {
            None | Some(Value::Null) => Some(None),
            Some(value) => T::from_input(value, &self.at(key), problems).map(Some),
        }
    }

    /// A member that may be missing, but not null: `Some(None)` then; `None` if it is there and wrong.
    pub fn if_there<T: FromInput>(
        &mut self,
        key: &'static str,
        problems: &mut Problems,
    ) -> Option<Option<T>> {
        self.known.push(key);
        match self.values.get(key) {
            None => Some(None),
            Some(value) => T::from_input(value, &self.at(key), problems).map(Some),
        }
    }

    /// A member of a change: missing (`Keep`), null (`Clear`) or a new value (`Set`).
    pub fn change<T: FromInput>(&mut self, key: &'static str, problems: &mut Problems) -> Option<Change<T>> {
        self.known.push(key);
        match self.values.get(key) {
            None => Some(Change::Keep),
            Some(Value::Null) => Some(Change::Clear),
            Some(value) => T::from_input(value, &self.at(key), problems).map(Change::Set),
        }
    }

    /// Takes the member `key` as known, whatever it is: a client sends back what it read.
    pub fn ignore(&mut self, key: &'static str) {
        self.known.push(key);
    }

    /// Reports the members that nobody asked for.
    pub fn finish(self, problems: &mut Problems) {
        for key in self
            .values
            .keys()
            .filter(|key| !self.known.contains(&key.as_str()))
        {
            problems.add(
                &self.at.child(key),
                format!("is not a known field; known here: {}", self.known.join(", ")),
            );
        }
    }
}

/// What a change says of one field (RFC 7396, JSON Merge Patch).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change<T> {
    /// The field is not mentioned.
    Keep,
    /// The field is null.
    Clear,
    /// The field has a new value.
    Set(T),
}

impl<T> Change<T> {
    /// The value after the change, for a field that may be absent.
    #[must_use]
    pub fn apply(self, present: Option<T>) -> Option<T> {
        match self {
            Self::Keep => present,
            Self::Clear => None,
            Self::Set(value) => Some(value),
        }
    }
}

impl FromInput for String {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        if let Value::String(text) = value {
            Some(text.clone())
        } else {
            problems.add(at, format!("must be a string, not {}", kind(value)));
            None
        }
    }
}

impl FromInput for bool {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        if let Value::Bool(flag) = value {
            Some(*flag)
        } else {
            problems.add(at, format!("must be true or false, not {}", kind(value)));
            None
        }
    }
}

impl<T: FromInput> FromInput for Vec<T> {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        if let Value::Array(elements) = value {
            let parsed: Vec<Option<T>> = elements
                .iter()
                .enumerate()
                .map(|(index, element)| T::from_input(element, &at.child(index), problems))
                .collect();
            parsed.into_iter().collect()
        } else {
            problems.add(at, format!("must be a list, not {}", kind(value)));
            None
        }
    }
}

/// The JSON type of a value, for messages.
#[must_use]
pub fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
