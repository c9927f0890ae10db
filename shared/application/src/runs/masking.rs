//! Taking credentials out of what a build has printed.
//!
//! It is not known what a developer's build prints, so this goes by what credentials look like and by the names that they stand
//! behind. Masking too much costs a reader a word, masking too little costs an account.

use std::sync::LazyLock;

use regex_lite::{Captures, Regex};

/// What stands in place of a credential.
pub const MASK: &str = "***";

/// Names behind which a secret stands: variables, members of JSON, headers, parameters of URLs.
const SECRET_NAMES: &str = "secret_?access_?key|secret_?key|client_?secret|secret|token|password|passwd|passphrase|api_?key|\
                            auth_?key|private_?key|credential|signature";

/// What runs to the end of the line or of its quotes: schemes and values stand beside one another in it.
const HEADERS: &str = r#"(?i)((?:proxy-)?authorization\\*["']?\s*[:=]\s*\\*["']?)[^\r\n"'\\]+"#;

/// The rules, in the order in which they are applied.
struct Rules {
    escapes: Regex,
    private_key: Regex,
    end_of_private_key: Regex,
    header: Regex,
    scheme: Regex,
    user_in_url: Regex,
    element: Regex,
    named: Regex,
    near_name: Regex,
    access_key_id: Regex,
    known_token: Regex,
    opaque: Regex,
}

static RULES: LazyLock<Rules> = LazyLock::new(Rules::new);

impl Rules {
    fn new() -> Self {
        #[expect(
            clippy::expect_used,
            reason = "the patterns are constants, and a test compiles them"
        )]
        let rule = |pattern: &str| Regex::new(pattern).expect("a valid pattern");
        Self {
            escapes: rule(
                "\u{1b}(?:\\[[0-?]*[ -/]*[@-~]|\\][^\u{7}\u{1b}\n]*(?:\u{7}|\u{1b}\\\\)|[ -Z\\\\-~])",
            ),
            private_key: rule(
                r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----(?s:.*?)(?:-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----|\z)",
            ),
            end_of_private_key: rule(r"\A(?s:.*)-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----"),
            header: rule(HEADERS),
            scheme: rule(r"(?i)\b((?:bearer|basic)\s+)[A-Za-z0-9._~+/=-]{16,}"),
            user_in_url: rule(r#"(://)[^\s/@"'<>]+@"#),
            element: rule(&format!(r"(?i)(<(?:[\w:.-]*(?:{SECRET_NAMES})\w*)>)[^<]*")),
            // A value in quotes may hold spaces. Outside of them it ends where a URL's parameter, a list or a line does.
            named: rule(&format!(
                r#"(?i)([\w.-]*(?:{})[\w.-]*\\*["']?\s*(?:=>|:=|=|:)\s*)(?:(\\*")[^"\n]*?(\\*")|(\\*')[^'\n]*?(\\*')|[^\s,;&"'<>{{}}\[\]()]+)"#,
                SECRET_NAMES.replace('_', "[-_]"),
            )),
            near_name: rule(&format!(
                r#"(?i)([\w.-]*(?:{})[\w.-]*[\s"'=:,|>-]{{1,40}})[A-Za-z0-9/+=_.-]{{20,}}"#,
                SECRET_NAMES.replace('_', "[-_]"),
            )),
            access_key_id: rule(r"(AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{12,}"),
            known_token: rule(
                r"(gh[pousr]_|github_pat_|glpat-|npm_|pypi-|xox[abeoprs]-|xapp-|sk_live_|AIza|IQoJb3JpZ2lu|F[wQ]oGZXIvYXdz|eyJ)[A-Za-z0-9/+=_.%-]{10,}",
            ),
            opaque: rule(r"[A-Za-z0-9/+]{40,}=*"),
        }
    }
}

/// `text` without credentials, and without what only a terminal understands.
///
/// Give it whole lines, and as many as there are: what is cut off before may be what a credential is known by.
#[must_use]
pub fn mask(text: &str) -> String {
    let rules = &*RULES;
    let text = rules.escapes.replace_all(text, "");
    let text: String = text
        .replace("\r\n", "\n")
        .chars()
        .map(|c| if c == '\r' { '\n' } else { c })
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let text = rules.private_key.replace_all(&text, "[private key]");
    // It began before the first line that there is.
    let text = rules.end_of_private_key.replace(&text, "[private key]");
    let text = rules.header.replace_all(&text, "${1}***");
    let text = rules.scheme.replace_all(&text, "${1}***");
    let text = rules.user_in_url.replace_all(&text, "${1}***@");
    let text = rules.element.replace_all(&text, "${1}***");
    let text = rules.named.replace_all(&text, |found: &Captures<'_>| {
        let part = |index| found.get(index).map_or("", |part| part.as_str());
        let (open, close) = (part(2).to_owned() + part(4), part(3).to_owned() + part(5));
        format!("{}{open}{MASK}{close}", part(1))
    });
    let text = rules.near_name.replace_all(&text, "${1}***");
    let text = rules.access_key_id.replace_all(&text, "${1}***");
    let text = rules.known_token.replace_all(&text, "${1}***");
    let text = rules.opaque.replace_all(&text, |found: &Captures<'_>| {
        let run = &found[0];
        if is_secret_alone(run) { MASK } else { run }.to_owned()
    });
    text.into_owned()
}

/// Whether `run` is a secret though nothing beside it says so: a secret access key has 40 characters, a session token hundreds.
/// Hashes are as long, but written in one case.
fn is_secret_alone(run: &str) -> bool {
    let mixed = |test: fn(&u8) -> bool| run.as_bytes().iter().any(test);
    let length = run.trim_end_matches('=').len();
    (length == 40 || length >= 200)
        && mixed(u8::is_ascii_uppercase)
        && mixed(u8::is_ascii_lowercase)
        && mixed(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that panics has failed")]

    use proptest::prelude::{Just, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

    use super::*;

    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
    const TOKEN: &str = "IQoJb3JpZ2luX2VjEJr//////////wEaCXVzLWVhc3QtMSJHMEUCIQDm4vPh+u0=";

    /// `form` with the secret in it, and what must be left of it.
    fn masked(form: &str, secret: &str, expected: &str) {
        let said = mask(&form.replace("{}", secret));
        assert_eq!(said, expected, "{form}");
    }

    #[test]
    fn secrets_behind_their_names_are_masked_and_the_names_stay() {
        for (form, expected) in [
            ("AWS_SECRET_ACCESS_KEY={}", "AWS_SECRET_ACCESS_KEY=***"),
            (
                "export AWS_SECRET_ACCESS_KEY=\"{}\"",
                "export AWS_SECRET_ACCESS_KEY=\"***\"",
            ),
            (
                "set AWS_SECRET_ACCESS_KEY='{}' && x",
                "set AWS_SECRET_ACCESS_KEY='***' && x",
            ),
            (
                "{\"SecretAccessKey\": \"{}\", \"Expiration\": 1}",
                "{\"SecretAccessKey\": \"***\", \"Expiration\": 1}",
            ),
            (
                "'{\\\"SecretAccessKey\\\": \\\"{}\\\"}'",
                "'{\\\"SecretAccessKey\\\": \\\"***\\\"}'",
            ),
            (
                "<SecretAccessKey>{}</SecretAccessKey>",
                "<SecretAccessKey>***</SecretAccessKey>",
            ),
            ("aws_secret_access_key = {}", "aws_secret_access_key = ***"),
            (
                "aws configure set aws_secret_access_key {}",
                "aws configure set aws_secret_access_key ***",
            ),
            ("aws.secretKey: {}", "aws.secretKey: ***"),
            ("db-password: {}", "db-password: ***"),
            ("clientSecret => {}", "clientSecret => ***"),
            ("the key is {} and more", "the key is *** and more"),
        ] {
            masked(form, SECRET, expected);
        }
        masked("password: \"two words {}\"", "x", "password: \"***\"");
    }

    #[test]
    fn session_tokens_are_masked_wherever_they_stand() {
        for (form, expected) in [
            ("AWS_SESSION_TOKEN={}", "AWS_SESSION_TOKEN=***"),
            ("{\"Token\": \"{}\"}", "{\"Token\": \"***\"}"),
            ("x-amz-security-token: {}", "x-amz-security-token: ***"),
            ("'X-Amz-Security-Token': '{}'", "'X-Amz-Security-Token': '***'"),
            ("it is {} now", "it is IQoJb3JpZ2lu*** now"),
            (
                "AWS_CONTAINER_AUTHORIZATION_TOKEN={}",
                "AWS_CONTAINER_AUTHORIZATION_TOKEN=***",
            ),
            ("//registry/:_authToken={}", "//registry/:_authToken=***"),
        ] {
            masked(form, TOKEN, expected);
        }
    }

    #[test]
    fn requests_are_shown_without_what_signs_them() {
        for (said, expected) in [
            ("Authorization: Bearer abc.def", "Authorization: ***"),
            ("-H 'Authorization: token abc' x", "-H 'Authorization: ***' x"),
            (
                "authorization: AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20261124/eu-west-1/s3/aws4_request, Signature=ab12",
                "authorization: ***",
            ),
            ("curl bearer 0123456789abcdef0", "curl bearer ***"),
            (
                "GET https://b.s3.amazonaws.com/k?X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F2026&X-Amz-Date=2026&X-Amz-Signature=ab12cd&x=1",
                "GET https://b.s3.amazonaws.com/k?X-Amz-Credential=***&X-Amz-Date=2026&X-Amz-Signature=***&x=1",
            ),
            (
                "clone https://me:p%40ss@git.example.com/x.git",
                "clone https://***@git.example.com/x.git",
            ),
            (
                "clone https://ghs_x@git.example.com/x.git",
                "clone https://***@git.example.com/x.git",
            ),
        ] {
            assert_eq!(mask(said), expected);
        }
    }

    #[test]
    fn keys_and_tokens_are_known_by_how_they_begin() {
        for (said, expected) in [
            ("key AKIAIOSFODNN7EXAMPLE!", "key AKIA***!"),
            (
                "{\"AccessKeyId\":\"ASIAIOSFODNN7EXAMPLE\"}",
                "{\"AccessKeyId\":\"ASIA***\"}",
            ),
            ("ghp_0123456789abcdefghijABCDEFGHIJ012345", "ghp_***"),
            (
                "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzzqgy",
                "xoxb-***",
            ),
            ("npm_0123456789abcdefghijABCDEFGHIJ012345", "npm_***"),
            ("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "jwt eyJ***"),
        ] {
            assert_eq!(mask(said), expected);
        }
    }

    #[test]
    fn private_keys_are_masked_even_where_one_end_is_missing() {
        let key = "-----BEGIN RSA PRIVATE KEY-----\nMIIE\nAAAA\n-----END RSA PRIVATE KEY-----";
        assert_eq!(mask(&format!("a\n{key}\nb")), "a\n[private key]\nb");
        assert_eq!(mask("a\n-----BEGIN PRIVATE KEY-----\nMIIE"), "a\n[private key]");
        assert_eq!(mask("MIIE\n-----END PRIVATE KEY-----\nb"), "[private key]\nb");
        assert_eq!(
            mask("\"-----BEGIN PRIVATE KEY-----\\nMI\\n-----END PRIVATE KEY-----\\n\""),
            "\"[private key]\\n\""
        );
    }

    #[test]
    fn colours_do_not_hide_a_secret_and_are_not_shown() {
        assert_eq!(mask("\u{1b}[31mFAILED\u{1b}[0m\r\n"), "FAILED\n");
        assert_eq!(
            mask(&format!("AWS_SECRET\u{1b}[1m_ACCESS_KEY={SECRET}")),
            "AWS_SECRET_ACCESS_KEY=***"
        );
        assert_eq!(
            mask("\u{1b}]8;;http://x\u{7}link\u{1b}]8;;\u{7} 10%\r20%\u{0}"),
            "link 10%\n20%"
        );
    }

    #[test]
    fn what_builds_usually_say_stays_as_it_is() {
        for line in [
            "[Container] 2026/11/24 10:00:00.123456 Running command cdk synth",
            "HEAD is now at 1f0a2b3c4d5e6f708192a3b4c5d6e7f801234567 Add a bucket",
            "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "dataall-sales-k3j9x0ab-dev: deploying... [1/1]",
            "Error: Cannot find module '/codebuild/output/src123/src/app.js'",
            "  File \"/usr/lib/python3.11/site-packages/aws_cdk/core.py\", line 12, in <module>",
            "Successfully installed aws-cdk-lib-2.273.0 constructs-10.4.2",
            "arn:aws:iam::111111111111:role/cdk-hnb659fds-deploy-role-111111111111-eu-west-1",
            "COMMAND_EXECUTION_ERROR: Error while executing command: cdk synth. Reason: exit status 1",
        ] {
            assert_eq!(mask(line), line);
        }
    }

    proptest! {
        #[test]
        fn no_secret_is_left(
            before in "[ -~]{0,20}[ \n\"]",
            secret in "[A-Za-z0-9/+]{40}",
            name in prop_oneof![
                Just("AWS_SECRET_ACCESS_KEY="), Just("\"SecretAccessKey\": \""), Just("SessionToken: "), Just("password="),
                Just("X-Amz-Security-Token="), Just("Authorization: "), Just("aws_secret_access_key "), Just("GITHUB_TOKEN="),
            ],
            after in "[\n\"& ][ -~]{0,20}",
        ) {
            let said = mask(&format!("{before}{name}{secret}{after}"));
            prop_assert!(!said.contains(&secret), "{said}");
        }

        #[test]
        fn no_key_id_is_left(before in any::<String>(), id in "A(KIA|SIA)[A-Z0-9]{16}", after in "[^A-Z0-9]*") {
            let said = mask(&format!("{before}{id}{after}"));
            prop_assert!(!said.contains(&id), "{said}");
        }

        #[test]
        fn plain_words_stay_as_they_are(text in "([a-jA-J0-9]{1,20}[ .,:\n_-]){0,20}") {
            prop_assert_eq!(mask(&text), text);
        }
    }
}
