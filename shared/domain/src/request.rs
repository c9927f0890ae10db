//! Requests: what a line of a log, a deployment and all that followed from it have in common.

use crate::text::text_type;

text_type! {
    /// What asked for something: API Gateway's id of a request, or a redeployment's. 1-128 printable ASCII characters, no
    /// spaces.
    RequestId, check_request_id, r"^[!-~]{1,128}$"
}

fn check_request_id(text: &str) -> Result<(), String> {
    if (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("must have 1 to 128 printable ASCII characters and no spaces".to_owned())
    }
}
