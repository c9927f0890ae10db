//! Query parameters: parsed like bodies, all problems at once, unknown ones refused.

use application::records::listing::{PageRequest, Position};
use domain::{Error, Pointer, Problems, Result};

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
