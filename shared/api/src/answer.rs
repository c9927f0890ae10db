//! Answers.

use application::records::listing::Page;
use domain::revision::Revision;
use serde::Serialize;
use serde_json::Value;

/// An answer to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Headers, without the content's type.
    pub headers: Vec<(&'static str, String)>,
    pub body: Option<Value>,
}

/// A page of a list.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct List<T> {
    /// The items.
    pub items: Vec<T>,
    /// Hand it back to read on; missing at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

impl Answer {
    fn new(status: u16, body: &impl Serialize) -> Self {
        // Views are plain data: maps with text keys, no way to fail.
        Self {
            status,
            headers: Vec::new(),
            body: Some(serde_json::to_value(body).unwrap_or_default()),
        }
    }

    /// 200 with a body.
    #[must_use]
    pub fn ok(body: &impl Serialize) -> Self {
        Self::new(200, body)
    }

    /// 201 with a body and where it can be read from now on.
    #[must_use]
    pub fn created(location: String, body: &impl Serialize) -> Self {
        Self {
            headers: vec![("Location", location)],
            ..Self::new(201, body)
        }
    }

    /// 202 with a body and where its progress can be read.
    #[must_use]
    pub fn accepted(location: String, body: &impl Serialize) -> Self {
        Self {
            headers: vec![("Location", location)],
            ..Self::new(202, body)
        }
    }

    /// The same with whole URLs for places within the API, which is at `api_url`: callers reach it under a stage, or under a
    /// path of a domain, which a path alone would leave out.
    #[must_use]
    pub fn located_in(mut self, api_url: &str) -> Self {
        for (name, value) in &mut self.headers {
            if *name == "Location" {
                value.insert_str(0, api_url);
            }
        }
        self
    }

    /// 204.
    #[must_use]
    pub fn no_content() -> Self {
        Self {
            status: 204,
            headers: Vec::new(),
            body: None,
        }
    }

    /// 200 with a page of a list.
    #[must_use]
    pub fn list<R, T: Serialize>(page: Page<R>, view: impl Fn(R) -> T) -> Self {
        let next_token = page.next.map(|next| next.token());
        Self::ok(&List {
            items: page.items.into_iter().map(view).collect(),
            next_token,
        })
    }

    /// The answer with the `ETag` of a record.
    #[must_use]
    pub fn tagged(mut self, revision: Revision) -> Self {
        self.headers.push(("ETag", format!("\"{revision}\"")));
        self
    }

    /// The answer for the caller alone: no cache on its way may store it.
    #[must_use]
    pub fn never_stored(mut self) -> Self {
        self.headers.push(("Cache-Control", "no-store".to_owned()));
        self
    }
}
