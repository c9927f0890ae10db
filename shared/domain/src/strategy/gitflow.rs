//! `gitflow`: a CodePipeline for each stage, defined by the platform, that delivers the branch of the stage.

use super::{Artifacts, CodePipelines, Rules};
use crate::{
    ids::StageName,
    names::{approval_stage, deploy_stage},
    repository::MAIN_BRANCH,
};

/// The stage that [`MAIN_BRANCH`] is delivered to. Other stages of production ([`StageName::is_production`]) have branches of
/// their own: a pipeline may have several, and each is promoted to by itself.
const STAGE_OF_MAIN: &str = "prod";

pub(super) struct Gitflow;

impl Rules for Gitflow {
    fn name(&self) -> &'static str {
        "gitflow"
    }

    /// A merge into the branch of the stage is the approval.
    fn approval_by_default(&self, _stage_index: usize) -> bool {
        false
    }

    fn code_pipelines(&self) -> CodePipelines {
        CodePipelines::OneForEachStage
    }

    fn branch_of<'s>(&self, stage: &'s StageName) -> &'s str {
        if stage.as_str() == STAGE_OF_MAIN {
            MAIN_BRANCH
        } else {
            stage.as_str()
        }
    }

    fn parts_of(&self, stage: &StageName) -> Vec<String> {
        vec![approval_stage(stage), deploy_stage(stage)]
    }

    fn updates_itself(&self) -> bool {
        false
    }

    /// The stack is updated after the commit, which would cancel the run.
    fn runs_on_deployment_commits(&self) -> bool {
        false
    }

    /// Builds deploy, to whatever region.
    fn artifacts(&self) -> Artifacts {
        Artifacts::InItsOwnRegion
    }
}
