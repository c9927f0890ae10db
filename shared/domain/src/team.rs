//! Teams and the people in them.

use crate::text::text_type;

text_type! {
    /// A team: a Cognito group. 1-64 of `[A-Za-z0-9_.+=@-]`, starting with a letter or digit: Cognito allows more, but
    /// groups reach the API joined by commas or spaces, and a team is the value of a tag.
    TeamName, check_team, r"^[A-Za-z0-9][A-Za-z0-9_.+=@-]{0,63}$"
}

text_type! {
    /// Who asked: the Cognito user name.
    Username, check_username, r"^.{1,128}$"
}

/// The group that sees and does everything.
pub const PLATFORM_ADMINS: &str = "platform-admins";

fn check_team(text: &str) -> Result<(), String> {
    let fits = (1..=64).contains(&text.len())
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_.+=@-".contains(&b));
    if fits {
        Ok(())
    } else {
        Err("must be a team: 1 to 64 letters, digits and _.+=@- starting with a letter or digit".to_owned())
    }
}

fn check_username(text: &str) -> Result<(), String> {
    crate::text::check_length(text, 1..=128)?;
    crate::text::check_printable(text)?;
    crate::text::check_one_line(text)
}
