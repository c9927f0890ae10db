//! Id tokens: nobody becomes an administrator by what is written in them but the group itself.

use domain::team::PLATFORM_ADMINS;
use serde_json::Value;

use crate::requests::{claims, parsed, token};

/// The bytes are the claims of a token, and the header itself.
pub(crate) fn fuzz(data: &[u8]) {
    let read = parsed("{}", &token(data), &claims());
    if let Ok(request) = read {
        let groups = serde_json::from_slice::<Value>(data).unwrap()["cognito:groups"].clone();
        let named = groups
            .as_array()
            .is_some_and(|groups| groups.contains(&PLATFORM_ADMINS.into()));
        assert_eq!(request.caller.is_admin(), named);
        assert_eq!(request.caller.username.as_str(), "alice");
    }
    if let Ok(header) = std::str::from_utf8(data) {
        // Made up: it holds the claims that the authorizer has verified at best.
        if let Ok(request) = parsed("{}", header, &claims()) {
            assert_eq!(request.caller.username.as_str(), "alice");
        }
    }
}
