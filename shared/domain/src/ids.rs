//! Ids and names of things.

use crate::text::{check_length, check_single_hyphens, check_slug, text_type};

text_type! {
    /// A pipeline's id: 8 of `[a-z0-9]`, starting with a letter.
    PipelineId, check_short_id, r"^[a-z][a-z0-9]{7}$"
}

text_type! {
    /// A pipeline's name: `[a-z][a-z0-9-]*`, 2-32, no trailing or double hyphen.
    PipelineName, check_pipeline_name, r"^[a-z](-?[a-z0-9])+$", 32
}

text_type! {
    /// A stage's name: `[a-z][a-z0-9-]*`, 1-16, not `cicd`. It is the environment's id in ddk.json, too.
    StageName, check_stage_name, r"^[a-z][a-z0-9-]{0,15}$"
}

text_type! {
    /// An environment's id: `env-` and 8 of `[a-z0-9]`, the first a letter.
    EnvironmentId, check_environment_id, r"^env-[a-z][a-z0-9]{7}$"
}

text_type! {
    /// A deployment's id: a ULID in lower case, 26 characters. Later ids sort after earlier ones.
    DeploymentId, check_deployment_id, r"^[0-9a-hjkmnp-tv-z]{26}$"
}

text_type! {
    /// A run's id: that of the `CodePipeline`'s execution, a UUID.
    RunId, check_run_id, r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
}

text_type! {
    /// A redeployment's id: a UUID in lower case. That of an event is the event's own, so that whoever sent it can follow it.
    RedeploymentId, check_uuid, r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
}

/// 8 of `[a-z0-9]`, starting with a letter.
fn check_short_id(text: &str) -> Result<(), String> {
    let fits = text.len() == 8
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    if fits {
        Ok(())
    } else {
        Err("must be an id: 8 lower-case letters and digits, starting with a letter".to_owned())
    }
}

fn check_pipeline_name(text: &str) -> Result<(), String> {
    check_length(text, 2..=32)?;
    check_slug(text)?;
    check_single_hyphens(text)
}

fn check_stage_name(text: &str) -> Result<(), String> {
    check_length(text, 1..=16)?;
    check_slug(text)?;
    if text == "cicd" {
        return Err("must not be cicd, which names the CICD environment".to_owned());
    }
    Ok(())
}

fn check_environment_id(text: &str) -> Result<(), String> {
    text.strip_prefix("env-")
        .filter(|id| check_short_id(id).is_ok())
        .map(|_| ())
        .ok_or_else(|| "must be an environment's id: env- and 8 lower-case letters and digits".to_owned())
}

fn check_deployment_id(text: &str) -> Result<(), String> {
    let fits = text.len() == 26
        && text
            .bytes()
            .all(|b| b.is_ascii_digit() || (b.is_ascii_lowercase() && !b"ilou".contains(&b)));
    if fits {
        Ok(())
    } else {
        Err("must be a deployment's id: a ULID in lower case".to_owned())
    }
}

fn check_run_id(text: &str) -> Result<(), String> {
    const LENGTHS: [usize; 5] = [8, 4, 4, 4, 12];
    let is_hex = |part: &str| {
        part.bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
    };
    let parts: Vec<&str> = text.split('-').collect();
    if parts.iter().map(|part| part.len()).eq(LENGTHS) && parts.iter().all(|part| is_hex(part)) {
        Ok(())
    } else {
        Err("must be a run's id: a UUID".to_owned())
    }
}

fn check_uuid(text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.split('-').collect();
    let fits = parts.iter().map(|part| part.len()).eq([8, 4, 4, 4, 12])
        && parts
            .concat()
            .bytes()
            .all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b));
    if fits {
        Ok(())
    } else {
        Err("must be a redeployment's id: a UUID in lower case".to_owned())
    }
}
