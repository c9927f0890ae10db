//! What is wrong with an input: every problem at once, each with a pointer to its place.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A JSON Pointer (RFC 6901) to a place in an input; the empty pointer is the whole input.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pointer(String);

impl Pointer {
    /// The whole input.
    #[must_use]
    pub fn root() -> Self {
        Self::default()
    }

    /// The member `key` of the object (or the element of the list) that `self` points to.
    #[must_use]
    pub fn child(&self, key: impl fmt::Display) -> Self {
        let key = key.to_string().replace('~', "~0").replace('/', "~1");
        Self(format!("{}/{key}", self.0))
    }

    /// The pointer as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// One thing that is wrong: where it is, and what would be right.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where it is.
    pub pointer: Pointer,
    /// What is wrong, in words for the person who wrote the input.
    pub detail: String,
}

/// All that is wrong with an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// Nothing wrong yet.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// A single problem.
    #[must_use]
    pub fn one(pointer: &Pointer, detail: impl Into<String>) -> Self {
        let mut problems = Self::none();
        problems.add(pointer, detail);
        problems
    }

    pub fn add(&mut self, pointer: &Pointer, detail: impl Into<String>) {
        self.0.push(Problem {
            pointer: pointer.clone(),
            detail: detail.into(),
        });
    }

    /// The same problems, in the words of `detail`.
    #[must_use]
    pub fn rephrased(self, detail: impl Fn(&Problem) -> String) -> Self {
        let problems = self.0.into_iter();
        let rephrased = problems.map(|problem| Problem {
            detail: detail(&problem),
            ..problem
        });
        Self(rephrased.collect())
    }

    /// The problems in the order in which they were found.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// `value` if there is one and nothing is wrong; otherwise all that is wrong.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Self> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(self),
        }
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, Problem { pointer, detail }) in self.0.iter().enumerate() {
            if index > 0 {
                f.write_str("\n")?;
            }
            let pointer = if pointer.as_str().is_empty() {
                "(input)"
            } else {
                pointer.as_str()
            };
            write!(f, "{pointer}: {detail}")?;
        }
        Ok(())
    }
}
