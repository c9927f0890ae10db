//! Query parameters: parsed like bodies, all problems at once, unknown ones refused.

use application::records::listing::{PageRequest, Position};
use domain::{
    Error, Pointer, Problems, Result,
    tags::{MAX_KEY, MAX_TAGS, MAX_VALUE},
};

/// Where an earlier page of the list ended: its `nextToken`.
#[cfg(feature = "schema")]
#[derive(utoipa::ToSchema)]
#[schema(max_length = 8192, pattern = "^[A-Za-z0-9_-]+$")]
pub struct NextToken(pub String);

/// A tag to look for: its key, a colon and its value. A key that holds a colon cannot be looked for.
#[cfg(feature = "schema")]
#[derive(utoipa::ToSchema)]
#[schema(pattern = r"^[^:]{1,128}:[\s\S]{1,256}$")]
pub struct TagFilter(pub String);

/// A text to look for.
#[cfg(feature = "schema")]
#[derive(utoipa::ToSchema)]
#[schema(max_length = 256)]
pub struct SearchText(pub String);

/// The status of a pipeline in a list: what is deleted stands in none.
#[cfg(feature = "schema")]
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ListedStatus {
    Deploying,
    Deployed,
    Failed,
    Deleting,
}

/// A path in a repository, with or without slashes at its ends.
#[cfg(feature = "schema")]
#[derive(utoipa::ToSchema)]
#[schema(
    max_length = 4096,
    pattern = r"^/*([^/\x00-\x1F\x7F-\x9F]+(/[^/\x00-\x1F\x7F-\x9F]+)*/*)?$"
)]
pub struct PathOfCaller(pub String);

/// A text to look for has at most so many characters: more than a name, less than what costs.
const MAX_SEARCH: usize = 256;

/// The parameters of a query while they are read.
#[derive(Debug)]
pub struct Query<'r> {
    pairs: &'r [(String, String)],
    known: Vec<&'static str>,
    problems: Problems,
}

impl<'r> Query<'r> {
    pub(crate) fn new(pairs: &'r [(String, String)]) -> Self {
        Self {
            pairs,
            known: Vec::new(),
            problems: Problems::none(),
        }
    }

    /// The values of the parameter `name`, each parsed.
    pub fn many<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> std::result::Result<T, String>,
    ) -> Vec<T> {
        self.known.push(name);
        let at = Pointer::root().child(name);
        let (pairs, problems) = (self.pairs, &mut self.problems);
        pairs
            .iter()
            .filter(|(key, _)| key == name)
            .filter_map(|(_, value)| parse(value).map_err(|detail| problems.add(&at, detail)).ok())
            .collect()
    }

    /// The parameter `name`, which may be missing but not repeated.
    pub fn one<T>(
        &mut self,
        name: &'static str,
        parse: impl Fn(&str) -> std::result::Result<T, String>,
    ) -> Option<T> {
        let mut values = self.many(name, parse);
        if values.len() > 1 {
            self.problems
                .add(&Pointer::root().child(name), "must be given once");
        }
        values.pop()
    }

    /// How many items are wanted: `limit` (1-100, default 20).
    pub fn limit(&mut self) -> usize {
        let limit = self.one("limit", |text| {
            text.parse()
                .ok()
                .filter(|limit| (1..=100).contains(limit))
                .ok_or_else(|| "must be a number from 1 to 100".to_owned())
        });
        limit.unwrap_or(20)
    }

    /// Which page is wanted: [`Self::limit`] and `nextToken`.
    pub fn page(&mut self) -> PageRequest {
        let limit = self.limit();
        let start = self.one("nextToken", |token| {
            Position::parse(token).map_err(|_| "must be the nextToken of an earlier page".to_owned())
        });
        PageRequest {
            limit,
            start: start.unwrap_or_default(),
        }
    }

    /// The tags that are wanted, as `key:value`: `tag`, any number of times.
    pub fn tags(&mut self) -> Vec<(String, String)> {
        let tags = self.many("tag", |tag| {
            let fits = |text: &str, most| (1..=most).contains(&text.chars().count());
            tag.split_once(':')
                .filter(|(key, value)| fits(key, MAX_KEY) && fits(value, MAX_VALUE))
                .map(|(key, value)| (key.to_owned(), value.to_owned()))
                .ok_or_else(|| {
                    format!("must be a key of 1 to {MAX_KEY} and a value of 1 to {MAX_VALUE} characters, joined by a colon")
                })
        });
        if tags.len() > MAX_TAGS {
            let detail = format!("must be given at most {MAX_TAGS} times: a pipeline has no more tags");
            self.problems.add(&Pointer::root().child("tag"), detail);
        }
        tags
    }

    /// The text to look for: `q`.
    pub fn search_text(&mut self) -> Option<String> {
        self.one("q", |text| {
            if text.chars().count() <= MAX_SEARCH {
                Ok(text.to_owned())
            } else {
                Err(format!("must have at most {MAX_SEARCH} characters"))
            }
        })
    }

    /// All that is wrong, parameters that nobody asked for included.
    pub fn finish(mut self) -> Result<()> {
        for (name, _) in self
            .pairs
            .iter()
            .filter(|(name, _)| !self.known.contains(&name.as_str()))
        {
            let known = self.known.join(", ");
            let detail = match known.as_str() {
                "" => "is not a known parameter: this call takes none".to_owned(),
                known => format!("is not a known parameter; known here: {known}"),
            };
            self.problems.add(&Pointer::root().child(name), detail);
        }
        self.problems.finish(Some(())).map_err(Error::from)
    }
}
