//! How data gets into generated files: each formatter writes a whole literal of its language, quotes included, so that
//! any string comes out as exactly that string. A value without a formatter is refused.

use std::fmt::Write;

use serde_json::Value;
use tinytemplate::{TinyTemplate, error::Error};

type Formatted = Result<(), Error>;

/// A template engine that knows the formatters `py`, `md`, `sh` and `yaml` and refuses values without one.
pub(crate) fn engine<'t>() -> TinyTemplate<'t> {
    let mut engine = TinyTemplate::new();
    engine.set_default_formatter(&refuse);
    engine.add_formatter("py", python);
    engine.add_formatter("md", markdown);
    engine.add_formatter("sh", shell);
    engine.add_formatter("yaml", yaml);
    engine
}

/// The default formatter: a value in a template must say how it is written.
fn refuse(value: &Value, _: &mut String) -> Formatted {
    Err(Error::GenericError {
        msg: format!("{value} stands in a template without a formatter"),
    })
}

/// A Python literal: `"sales"`, `True`.
fn python(value: &Value, out: &mut String) -> Formatted {
    match value {
        Value::String(text) => python_string(text, out)?,
        Value::Bool(true) => out.push_str("True"),
        Value::Bool(false) => out.push_str("False"),
        Value::Null => out.push_str("None"),
        other => return unfit("py", other),
    }
    Ok(())
}

/// On one line, whatever the string holds. What does not print (control characters, marks that reorder text, foreign
/// spaces) is escaped, so that the source shows what it says. The quotes are those that Python's code formatters choose:
/// who runs one over the file must not meet a conflict when the platform changes this line.
fn python_string(text: &str, out: &mut String) -> Formatted {
    let quote = if text.matches('"').count() > text.matches('\'').count() {
        '\''
    } else {
        '"'
    };
    quoted(text, quote, out)
}

/// A YAML string: a double-quoted scalar on one line, whose escapes are those of Python.
fn yaml(value: &Value, out: &mut String) -> Formatted {
    match value {
        Value::String(text) => quoted(text, '"', out),
        other => unfit("yaml", other),
    }
}

fn quoted(text: &str, quote: char, out: &mut String) -> Formatted {
    out.push(quote);
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            c if c == quote => {
                out.push('\\');
                out.push(c);
            }
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if prints(c) => out.push(c),
            c => match u32::from(c) {
                code @ 0..=0xff => write!(out, "\\x{code:02x}")?,
                code @ 0x100..=0xffff => write!(out, "\\u{code:04x}")?,
                code => write!(out, "\\U{code:08x}")?,
            },
        }
    }
    out.push(quote);
    Ok(())
}

/// Whether a character shows itself: the rule of Rust's own `{:?}`.
fn prints(c: char) -> bool {
    matches!(c, '"' | '\'') || c.escape_debug().eq([c])
}

/// A Markdown code span: shows any text on one line as it is.
fn markdown(value: &Value, out: &mut String) -> Formatted {
    let Value::String(text) = value else {
        return unfit("md", value);
    };
    if text.trim().is_empty() || text.contains(char::is_control) {
        return unfit("md", value);
    }
    let longest_run = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest_run + 1);
    // A code span loses one space at either end if it has one at both.
    let pad = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    write!(out, "{fence}{pad}{text}{pad}{fence}")?;
    Ok(())
}

/// A word of a POSIX shell, quoted if it needs to be.
fn shell(value: &Value, out: &mut String) -> Formatted {
    let Value::String(text) = value else {
        return unfit("sh", value);
    };
    if text.contains('\0') {
        return unfit("sh", value);
    }
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"@%+=:,./-_".contains(&b);
    if !text.is_empty() && text.bytes().all(plain) {
        out.push_str(text);
    } else {
        write!(out, "'{}'", text.replace('\'', "'\\''"))?;
    }
    Ok(())
}

fn unfit(formatter: &str, value: &Value) -> Formatted {
    Err(Error::GenericError {
        msg: format!("the formatter {formatter} cannot write {value}"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn formatted(formatter: fn(&Value, &mut String) -> Formatted, text: &str) -> String {
        let mut out = String::new();
        formatter(&json!(text), &mut out).unwrap();
        out
    }

    /// Reads a Python string literal by the language's own rules, as far as the formatter uses them.
    fn read_python(literal: &str) -> String {
        let quote = literal.chars().next().unwrap();
        assert!(literal.len() >= 2 && matches!(quote, '"' | '\''), "not quoted");
        let mut chars = literal
            .strip_prefix(quote)
            .and_then(|rest| rest.strip_suffix(quote))
            .unwrap()
            .chars();
        let mut text = String::new();
        while let Some(c) = chars.next() {
            assert!(c != quote && c != '\n' && c != '\r', "the literal ends early");
            if c != '\\' {
                text.push(c);
                continue;
            }
            let digits = match chars.next().unwrap() {
                'n' => {
                    text.push('\n');
                    continue;
                }
                't' => {
                    text.push('\t');
                    continue;
                }
                'x' => 2,
                'u' => 4,
                'U' => 8,
                c @ ('"' | '\'' | '\\') => {
                    text.push(c);
                    continue;
                }
                c => panic!("unknown escape {c:?}"),
            };
            let code: String = chars.by_ref().take(digits).collect();
            text.push(char::from_u32(u32::from_str_radix(&code, 16).unwrap()).unwrap());
        }
        text
    }

    #[test]
    fn readable_text_stays_readable() {
        assert_eq!(
            formatted(python, "Größe {x} 'y' — 売上"),
            "\"Größe {x} 'y' — 売上\""
        );
        assert_eq!(
            formatted(python, "a\"b\\\n\u{202e}\u{0}"),
            r#"'a"b\\\n\u202e\x00'"#
        );
        assert_eq!(formatted(markdown, "a`b"), "``a`b``");
        assert_eq!(formatted(shell, "it's"), r"'it'\''s'");
        assert_eq!(
            formatted(shell, "codecommit::eu-west-1://a-b"),
            "codecommit::eu-west-1://a-b"
        );
        assert_eq!(
            formatted(yaml, "it's \"2\": #\n\u{85}"),
            r#""it's \"2\": #\n\x85""#
        );
    }

    #[test]
    fn a_value_without_a_formatter_is_refused() {
        let mut engine = engine();
        engine.add_template("bare", "{name}").unwrap();
        for value in [json!("x"), json!(1), json!(true)] {
            assert!(engine.render("bare", &json!({ "name": value })).is_err());
        }
    }

    proptest! {
        #[test]
        fn python_literals_read_back(text in any::<String>()) {
            let literal = formatted(python, &text);
            prop_assert_eq!(read_python(&literal), text);
        }

        #[test]
        fn python_literals_are_one_line(text in any::<String>()) {
            prop_assert_eq!(formatted(python, &text).lines().count(), 1);
        }
    }

    proptest! {
        // Each case starts a shell, which is the judge.
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn shell_words_read_back(text in "[^\u{0}]{0,20}") {
            let command = format!("printf %s {}", formatted(shell, &text));
            let output = std::process::Command::new("sh").args(["-c", &command]).output().unwrap();
            prop_assert_eq!(String::from_utf8(output.stdout).unwrap(), text);
        }
    }
}
