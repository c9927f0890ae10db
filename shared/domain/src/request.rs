//! Requests: what a line of a log, a deployment and all that followed from it have in common.

use crate::text::text_type;

text_type! {
    /// What asked for something: API Gateway's id of a request, or a redeployment's. 1-128 printable ASCII characters, no
    /// spaces.
    RequestId, check_request_id, r"^[!-~]{1,128}$"
}

text_type! {
    /// What a client calls a request, to have it done once: 1-255 printable ASCII characters, no spaces at its ends, which HTTP drops.
    IdempotencyKey, check_idempotency_key, r"^[!-~]([ -~]{0,253}[!-~])?$"
}

fn check_idempotency_key(text: &str) -> Result<(), String> {
    let printable = |byte: u8| byte == b' ' || byte.is_ascii_graphic();
    if (1..=255).contains(&text.len()) && text.bytes().all(printable) && text.trim() == text {
        Ok(())
    } else {
        Err("must have 1 to 255 printable ASCII characters, and no spaces at its ends".to_owned())
    }
}

fn check_request_id(text: &str) -> Result<(), String> {
    if (1..=128).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(())
    } else {
        Err("must have 1 to 128 printable ASCII characters and no spaces".to_owned())
    }
}
