//! The end of a build's log, without credentials.

use domain::{
    Error, Result,
    names::{BUILD_LOGS, PipelineNames},
};
use serde::Serialize;

use super::masking::mask;
use crate::linked_accounts::sessions::Session;

/// At most so many lines are answered.
const MOST_LINES: usize = 100;
/// At most so many bytes are answered.
const MOST_BYTES: usize = 16 * 1024;
/// So many events are read: what a credential is known by may stand before what is answered.
const READ_EVENTS: usize = 1_000;

/// Reads logs in linked accounts.
pub trait ReadLogs: Sync {
    /// The last events of a stream, at most `most`, in order; none if there is no such group or stream.
    fn end(
        &self,
        session: &Session,
        group: &str,
        stream: &str,
        most: usize,
    ) -> impl Future<Output = Result<Option<LogEvents>>> + Send;
}

/// The end of a stream.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LogEvents {
    /// What the events say, in order.
    pub messages: Vec<String>,
    /// Whether they are the first lines of the log.
    pub complete: bool,
}

/// The end of a build's log.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct BuildLog {
    /// Its last lines: 100 at most, and 16 KiB. Credentials are masked as `***`.
    pub lines: Vec<String>,
    /// Whether lines before these are left out.
    pub truncated: bool,
    /// Why there are no lines, if the log cannot be read.
    pub problem: Option<String>,
}

impl BuildLog {
    /// The end of the log of `build`, `project:uuid`.
    pub(crate) async fn of(
        logs: &impl ReadLogs,
        session: &Session,
        names: PipelineNames<'_>,
        build: &str,
    ) -> Self {
        let Some((project, stream)) = build.split_once(':') else {
            return Self::missing("CodePipeline does not tell which build it was".to_owned());
        };
        // Pipelines that were last deployed by an older platform log where CodeBuild does by itself.
        let groups = [names.build_log_group(), format!("{BUILD_LOGS}{project}")];
        let mut problem = "the build has written no log, or the log has expired".to_owned();
        for group in groups {
            match logs.end(session, &group, stream, READ_EVENTS).await {
                Ok(Some(events)) => return Self::new(&events),
                Ok(None) => {}
                // Whoever asks for a run learns all else about it.
                Err(error) => {
                    let error = session.explain(error);
                    tracing::warn!(name = error.name(), %error, "the end of a log is left out");
                    problem = match error {
                        Error::AccessDenied { .. } => format!("the log cannot be read: {error}"),
                        _ => "the log could not be read just now: ask again, or open the build in AWS's console".to_owned(),
                    };
                }
            }
        }
        Self::missing(problem)
    }

    fn missing(problem: String) -> Self {
        Self {
            lines: Vec::new(),
            truncated: false,
            problem: Some(problem),
        }
    }

    fn new(events: &LogEvents) -> Self {
        let mut text = String::new();
        for message in &events.messages {
            text.push_str(message);
            if !message.ends_with('\n') {
                text.push('\n');
            }
        }
        // Before anything is cut off: half a credential is not known any more.
        let masked = mask(&text);
        let all: Vec<&str> = masked.lines().collect();
        let mut left = MOST_BYTES;
        let mut lines: Vec<String> = Vec::new();
        let mut cut = false;
        for line in all.iter().rev().take(MOST_LINES) {
            let fits = line.len() < left;
            if fits || lines.is_empty() {
                let end = tail(line, left);
                cut |= end.len() < line.len();
                left = left.saturating_sub(end.len() + 1);
                lines.push(end.to_owned());
            } else {
                break;
            }
        }
        lines.reverse();
        Self {
            truncated: cut || !events.complete || lines.len() < all.len(),
            lines,
            problem: None,
        }
    }
}

/// The last `most` bytes of `line`, or fewer where they would begin within a character.
fn tail(line: &str, most: usize) -> &str {
    let mut start = line.len().saturating_sub(most);
    while !line.is_char_boundary(start) {
        start += 1;
    }
    &line[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(messages: &[String], complete: bool) -> BuildLog {
        BuildLog::new(&LogEvents {
            messages: messages.to_vec(),
            complete,
        })
    }

    #[test]
    fn the_last_hundred_lines_are_answered() {
        let messages: Vec<String> = (0..250).map(|n| format!("line {n}\n")).collect();
        let end = log(&messages, true);
        assert_eq!((end.lines.len(), end.lines[0].as_str()), (100, "line 150"));
        assert!(end.truncated && end.lines[99] == "line 249");
        let whole = log(&messages[..3], true);
        assert_eq!(whole.lines, ["line 0", "line 1", "line 2"]);
        assert!(!whole.truncated);
        assert!(log(&messages[..3], false).truncated, "the stream begins earlier");
    }

    #[test]
    fn long_lines_are_cut_to_what_may_be_answered() {
        let messages: Vec<String> = (0..50).map(|n| format!("{n:02} {}", "é".repeat(500))).collect();
        let end = log(&messages, true);
        let bytes: usize = end.lines.iter().map(|line| line.len() + 1).sum();
        assert!(bytes <= MOST_BYTES && bytes > MOST_BYTES - 2_000, "{bytes}");
        assert!(end.truncated && end.lines.iter().all(|line| line.len() > 1_000));
        let one = log(&["é".repeat(20_000)], true);
        assert!(one.lines.len() == 1 && one.lines[0].len() <= MOST_BYTES && one.truncated);
    }

    #[test]
    fn a_secret_that_the_cut_goes_through_is_masked_as_well() {
        let secret = "a1B2".repeat(8_000);
        let end = log(&[format!("AWS_SESSION_TOKEN={secret}\n")], true);
        assert_eq!(end.lines, ["AWS_SESSION_TOKEN=***"]);
        let key: Vec<String> = vec![format!("{}\n", "MIIE".repeat(16)); 200]
            .into_iter()
            .chain(["-----END PRIVATE KEY-----\n".to_owned(), "failed\n".to_owned()])
            .collect();
        assert_eq!(log(&key, false).lines, ["[private key]", "failed"]);
    }
}
