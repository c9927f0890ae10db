//! `session_policies ACCESS NAME ID`: the session policies of all who enter an account by ACCESS for the pipeline NAME with ID,
//! as JSON. The end-to-end tests ask IAM what sessions with them may do.

use std::collections::BTreeMap;

use application::linked_accounts::{session_policy, sessions::Access};
use domain::{
    ids::{PipelineId, PipelineName},
    names::PipelineNames,
};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let [access, name, id] = <[String; 3]>::try_from(std::env::args().skip(1).collect::<Vec<_>>())
        .map_err(|_| "usage: session_policies ACCESS NAME ID")?;
    let access: Access = serde_json::from_str(&access)?;
    let (name, id) = (PipelineName::parse(name)?, PipelineId::parse(id)?);
    let names = PipelineNames::new(&access.prefix, &name, &id);
    let policies = session_policy::of_all(&access, names)?;
    let policies: BTreeMap<_, _> = policies
        .iter()
        .map(|(caller, policy)| (*caller, policy.as_str()))
        .collect();
    println!("{}", serde_json::to_string(&policies)?);
    Ok(())
}
