//! How the crate's string types are made: parsed once, valid ever after.

/// Declares a string type with a checking function `fn(&str) -> Result<(), String>`, whose error says what is wrong
/// in words that follow the field's name, and with a regular expression that says the same to clients in the OpenAPI document (a
/// test holds it against the checking function). A maximum length may follow, where the expression does not hold it.
macro_rules! text_type {
    ($(#[$doc:meta])* $name:ident, $check:path, $pattern:literal $(, $max_length:tt)?) => {
        $(#[$doc])*
        #[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
        #[cfg_attr(feature = "schema", schema(value_type = String, pattern = $pattern $(, max_length = $max_length)?))]
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// A regular expression that every value matches.
            pub const PATTERN: &str = $pattern;

            /// Parses `text`; the error says what is wrong with it.
            pub fn parse(text: impl Into<String>) -> Result<Self, String> {
                let text = text.into();
                $check(&text)?;
                Ok(Self(text))
            }

            /// The value as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl TryFrom<String> for $name {
            type Error = String;
            fn try_from(text: String) -> Result<Self, String> {
                Self::parse(text)
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                Self::parse(text)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        impl $crate::input::FromInput for $name {
            fn from_input(
                value: &serde_json::Value,
                at: &$crate::Pointer,
                problems: &mut $crate::Problems,
            ) -> Option<Self> {
                let text = String::from_input(value, at, problems)?;
                Self::parse(text).map_err(|detail| problems.add(at, detail)).ok()
            }
        }
    };
}
pub(crate) use text_type;

/// The length in characters must lie in `range`.
pub(crate) fn check_length(text: &str, range: std::ops::RangeInclusive<usize>) -> Result<(), String> {
    let length = text.chars().count();
    if range.contains(&length) {
        Ok(())
    } else {
        Err(format!(
            "must have {} to {} characters, has {length}",
            range.start(),
            range.end()
        ))
    }
}

/// `[a-z][a-z0-9-]*`: the grammar that pipelines, stages and prefixes share.
pub(crate) fn check_slug(text: &str) -> Result<(), String> {
    let slug = text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if slug {
        Ok(())
    } else {
        Err(
            "must start with a lower-case letter and hold only lower-case letters, digits and hyphens"
                .to_owned(),
        )
    }
}

/// No hyphen at the end and none after another, so that names joined with hyphens stay readable.
pub(crate) fn check_single_hyphens(text: &str) -> Result<(), String> {
    if text.ends_with('-') || text.contains("--") {
        Err("must not end with a hyphen or hold two in a row".to_owned())
    } else {
        Ok(())
    }
}

/// Text that people write: no control characters but newline and tab, nothing that XML 1.0 (the wire format of
/// CloudFormation's API) cannot carry.
pub(crate) fn check_printable(text: &str) -> Result<(), String> {
    let bad = |c: char| (c.is_control() && c != '\n' && c != '\t') || matches!(c, '\u{fffe}' | '\u{ffff}');
    match text.chars().find(|c| bad(*c)) {
        None => Ok(()),
        Some(c) => Err(format!(
            "must not hold the control character U+{:04X}",
            u32::from(c)
        )),
    }
}

/// One line, without spaces at its ends.
pub(crate) fn check_one_line(text: &str) -> Result<(), String> {
    if text.contains(['\n', '\t']) || text.trim() != text {
        Err("must be one line without spaces at its ends".to_owned())
    } else {
        Ok(())
    }
}
