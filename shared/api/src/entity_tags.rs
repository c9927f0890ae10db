//! `If-Match`: the revisions that a change is meant for (RFC 9110, sections 8.8.3 and 13.1.1).

use domain::revision::Revision;

/// An `If-Match`: entity tags, separated by commas, or `*` for any revision.
///
/// The answer's `ETag` is an entity tag. Weak ones never match.
#[cfg(feature = "schema")]
#[derive(utoipa::ToSchema)]
#[schema(
    max_length = 1024,
    pattern = r#"^(\*|(W/)?"[!#-~]*"([ \t]*,[ \t]*(W/)?"[!#-~]*")*)$"#
)]
pub struct EntityTags(pub String);

/// What an `If-Match` lets change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum IfMatch {
    /// Whichever revision is the present one.
    Any,
    /// These revisions: none of them if the entity tags are not ours.
    Revisions(Vec<Revision>),
}

impl IfMatch {
    /// Reads a header; none if it is malformed.
    pub(crate) fn parse(header: &str) -> Option<Self> {
        if header == "*" {
            return Some(Self::Any);
        }
        let (mut revisions, mut rest) = (Vec::new(), header);
        loop {
            let (weak, tag) = match rest.strip_prefix("W/") {
                Some(tag) => (true, tag),
                None => (false, rest),
            };
            let (tag, behind) = tag.strip_prefix('"')?.split_once('"')?;
            if !tag.bytes().all(|byte| byte.is_ascii_graphic()) {
                return None;
            }
            revisions.extend(revision(tag).filter(|_| !weak));
            let behind = behind.trim_start_matches([' ', '\t']);
            if behind.is_empty() {
                return Some(Self::Revisions(revisions));
            }
            rest = behind.strip_prefix(',')?.trim_start_matches([' ', '\t']);
        }
    }
}

/// The revision whose `ETag` this is.
fn revision(tag: &str) -> Option<Revision> {
    let revision = Revision(tag.parse().ok()?);
    // Numbers can be written in several ways, ours in one.
    (revision.to_string() == tag).then_some(revision)
}
