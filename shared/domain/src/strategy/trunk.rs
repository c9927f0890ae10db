//! `trunk`: one CodePipeline, defined by the platform, that delivers the stages in a row.

use super::{Artifacts, CodePipelines, Rules};
use crate::{
    ids::StageName,
    names::{approval_stage, deploy_stage},
    repository::MAIN_BRANCH,
};

pub(super) struct Trunk;

impl Rules for Trunk {
    fn name(&self) -> &'static str {
        "trunk"
    }

    /// All but the first: one push goes through all stages.
    fn approval_by_default(&self, stage_index: usize) -> bool {
        stage_index > 0
    }

    fn code_pipelines(&self) -> CodePipelines {
        CodePipelines::OneForAllStages
    }

    fn branch_of<'s>(&self, _stage: &'s StageName) -> &'s str {
        MAIN_BRANCH
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
