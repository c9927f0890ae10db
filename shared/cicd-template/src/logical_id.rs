//! The CDK's names: logical ids and the physical names that it derives from construct paths.

use std::fmt::Write;

use md5::Md5;
use sha2::{Digest, Sha256};

/// A component that leaves no trace in a logical id.
const HIDDEN_FROM_ID: &str = "Default";
/// A component that leaves its trace in the hash only.
const HIDDEN_FROM_HUMAN_PART: &str = "Resource";
/// The human part of a logical id; with the hash it stays within CloudFormation's 255 characters.
const MAX_HUMAN_LENGTH: usize = 240;

/// The path of a construct.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Path(Vec<String>);

impl Path {
    pub(crate) fn new<S: AsRef<str>>(components: impl IntoIterator<Item = S>) -> Self {
        Self(
            components
                .into_iter()
                .map(|component| component.as_ref().to_owned())
                .collect(),
        )
    }

    /// The construct `id` in the scope of this one.
    pub(crate) fn child(&self, id: impl AsRef<str>) -> Self {
        let mut components = self.0.clone();
        components.push(id.as_ref().to_owned());
        Self(components)
    }

    /// The logical id of the CloudFormation resource of the construct at this path.
    pub(crate) fn resource_id(&self) -> String {
        self.child("Resource").logical_id()
    }

    /// The path as people read it: `Stack/Pipeline/Resource`.
    pub(crate) fn joined(&self) -> String {
        self.0.join("/")
    }

    /// The logical id of the resource at this path, which starts below the stack; for a path that starts with the stack,
    /// the id that is unique in the whole application (`Names.uniqueId`).
    pub(crate) fn logical_id(&self) -> String {
        let components = self.shown_in_id();
        if let [only] = components[..] {
            let alphanumeric = keep(only, "");
            if alphanumeric.len() <= 255 {
                return alphanumeric;
            }
        }
        let human: String = human_components(&components)
            .map(|component| keep(component, ""))
            .collect();
        let human = human.get(..MAX_HUMAN_LENGTH).unwrap_or(&human);
        format!("{human}{}", path_hash(&components))
    }

    /// `Names.uniqueResourceName`: the path as a physical name of at most `max_length` characters, with `-` between
    /// components and `extra` allowed beside letters and digits.
    pub(crate) fn resource_name(&self, max_length: usize, extra: &str) -> String {
        const HASH_LENGTH: usize = 8;
        let components = self.shown_in_id();
        let mut human = String::new();
        for part in human_components(&components).map(|component| keep(component, extra)) {
            if !part.is_empty() {
                human.push_str(&part);
                human.push('-');
            }
        }
        let room = max_length - HASH_LENGTH;
        if human.len() > room {
            let half = room / 2;
            human = format!("{}{}", &human[..half], &human[human.len() - half..]);
        }
        human + &path_hash(&components)
    }

    fn shown_in_id(&self) -> Vec<&str> {
        self.0
            .iter()
            .map(String::as_str)
            .filter(|component| *component != HIDDEN_FROM_ID)
            .collect()
    }
}

/// `PhysicalName.GENERATE_IF_NEEDED` as the CDK generates it: the same in every synthesis, so that a stack in another
/// region can be referred to before it exists. At most 61 characters.
pub(crate) fn generated_physical_name(stack: &str, unique_id: &str, region: &str, account: &str) -> String {
    let digest = Sha256::new()
        .chain_update(stack)
        .chain_update(unique_id)
        .chain_update(region)
        .chain_update(account)
        .finalize();
    let start = stack.get(..25).unwrap_or(stack);
    let end = &unique_id[unique_id.len().saturating_sub(24)..];
    format!("{start}{end}{}", hex(&digest[..6])).to_lowercase()
}

/// Bytes in lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Components as they stand in the human part: one that repeats the end of the one before is dropped.
fn human_components<'p>(components: &[&'p str]) -> impl Iterator<Item = &'p str> + use<'p> {
    let mut kept: Vec<&str> = Vec::new();
    for component in components {
        if kept.last().is_none_or(|last| !last.ends_with(component)) {
            kept.push(component);
        }
    }
    kept.into_iter()
        .filter(|component| *component != HIDDEN_FROM_HUMAN_PART)
}

fn path_hash(components: &[&str]) -> String {
    hex(&Md5::digest(components.join("/"))[..4]).to_uppercase()
}

fn keep(text: &str, extra: &str) -> String {
    text.chars()
        .filter(|c| c.is_ascii_alphanumeric() || extra.contains(*c))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn id(path: &str) -> String {
        Path::new(path.split('/')).logical_id()
    }

    /// Taken from a template that the CDK synthesized.
    #[test]
    fn logical_ids_are_those_of_the_cdk() {
        for (path, expected) in [
            (
                "DDKCodePipeline/Pipeline/Role/Resource",
                "DDKCodePipelineRole7491484A",
            ),
            (
                "DDKCodePipeline/Pipeline/Role/DefaultPolicy/Resource",
                "DDKCodePipelineRoleDefaultPolicyD8E49853",
            ),
            ("DDKCodePipeline/Pipeline/Resource", "DDKCodePipelineB31194F0"),
            ("Bucket", "Bucket"),
        ] {
            assert_eq!(id(path), expected, "{path}");
        }
    }

    proptest! {
        #[test]
        fn logical_ids_are_valid(path in "[A-Za-z][A-Za-z0-9-]{0,80}(/[A-Za-z0-9_.:-]{1,80}){1,6}") {
            let id = id(&path);
            prop_assert!((8..=248).contains(&id.len()));
            prop_assert!(id.bytes().all(|b| b.is_ascii_alphanumeric()));
        }

        #[test]
        fn physical_names_fit_a_bucket(
            stack in "[a-z][a-z0-9-]{1,127}", id in "[A-Za-z0-9]{1,248}", account in "[0-9]{12}",
        ) {
            let name = generated_physical_name(&stack, &id, "ap-southeast-2", &account);
            prop_assert!((3..=63).contains(&name.len()));
            prop_assert!(name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'));
        }

        #[test]
        fn resource_names_fit(path in "[A-Za-z][A-Za-z0-9-]{0,80}(/[A-Za-z0-9_.:-]{1,80}){1,6}") {
            prop_assert!(Path::new(path.split('/')).resource_name(237, "/_-").len() <= 237);
        }
    }
}
