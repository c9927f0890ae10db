//! `cdk-trunk`: one CodePipeline, defined by the application in the repository, which the CodePipeline updates itself from.

use super::{Artifacts, CodePipelines, Rules};
use crate::{ids::StageName, names::stage_construct, repository::MAIN_BRANCH};

pub(super) struct CdkTrunk;

impl Rules for CdkTrunk {
    fn name(&self) -> &'static str {
        "cdk-trunk"
    }

    fn approval_by_default(&self, _stage_index: usize) -> bool {
        false
    }

    fn code_pipelines(&self) -> CodePipelines {
        CodePipelines::OneForAllStages
    }

    fn branch_of<'s>(&self, _stage: &'s StageName) -> &'s str {
        MAIN_BRANCH
    }

    fn parts_of(&self, stage: &StageName) -> Vec<String> {
        vec![stage_construct(stage)]
    }

    fn updates_itself(&self) -> bool {
        true
    }

    /// The CDK's rule starts it on every commit. No deployment updates its stack meanwhile.
    fn runs_on_deployment_commits(&self) -> bool {
        true
    }

    fn artifacts(&self) -> Artifacts {
        Artifacts::InEachRegion
    }
}
