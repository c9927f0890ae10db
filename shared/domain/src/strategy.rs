//! How a pipeline delivers: the strategies, and every question in whose answers they differ.
//!
//! A strategy is a module that implements [`Rules`]. To add one: a variant in [`Strategy`], a module, and an arm in
//! [`Strategy::rules`]; the compiler asks for the answers. What is generated for a strategy differs in the crates that
//! generate it, `rendering` and `cicd-template`.

mod cdk_trunk;
mod gitflow;
mod trunk;

use std::{collections::BTreeSet, fmt};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use strum::VariantArray as _;

use crate::{
    account::Region,
    ids::StageName,
    input::FromInput,
    names::PipelineNames,
    problems::{Pointer, Problems},
    repository::MAIN_BRANCH,
};

/// How a pipeline delivers.
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, strum::VariantArray,
)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    /// A self-mutating CDK pipeline that belongs to the repository.
    CdkTrunk,
    /// One CodePipeline, the stages in a row.
    Trunk,
    /// A CodePipeline per stage and branch.
    Gitflow,
}

/// The questions to a strategy. No method has a default: a new strategy does not compile until it has answered them all.
trait Rules {
    /// The strategy's name in requests and answers.
    fn name(&self) -> &'static str;

    /// Whether the stage at `stage_index` waits for an approval when its team does not say.
    fn approval_by_default(&self, stage_index: usize) -> bool;

    /// How the stages are spread over CodePipelines.
    fn code_pipelines(&self) -> CodePipelines;

    /// The branch that `stage` is delivered from.
    fn branch_of<'s>(&self, stage: &'s StageName) -> &'s str;

    /// The names of the stages of a CodePipeline that deliver `stage`, in order.
    fn parts_of(&self, stage: &StageName) -> Vec<String>;

    /// See [`Strategy::updates_itself`].
    fn updates_itself(&self) -> bool;

    /// See [`Strategy::runs_on_deployment_commits`].
    fn runs_on_deployment_commits(&self) -> bool;

    /// Where the artifacts of runs are kept.
    fn artifacts(&self) -> Artifacts;
}

/// How the stages are spread over CodePipelines.
enum CodePipelines {
    OneForAllStages,
    OneForEachStage,
}

/// Where the artifacts of runs are kept.
enum Artifacts {
    InItsOwnRegion,
    /// CodePipeline deploys to a region from a bucket there. A support stack holds it.
    InEachRegion,
}

/// A CodePipeline of a pipeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodePipeline {
    pub name: String,
    /// The branch that it delivers.
    pub branch: String,
    /// The stage that it delivers, if there is a CodePipeline for each; else it delivers all.
    pub stage: Option<StageName>,
}

impl CodePipeline {
    /// Whether it delivers `stage` of its pipeline.
    #[must_use]
    pub fn delivers(&self, stage: &StageName) -> bool {
        self.stage.as_ref().is_none_or(|own| own == stage)
    }
}

impl Strategy {
    /// All strategies.
    pub const ALL: &[Self] = Self::VARIANTS;

    fn rules(self) -> &'static dyn Rules {
        match self {
            Self::CdkTrunk => &cdk_trunk::CdkTrunk,
            Self::Trunk => &trunk::Trunk,
            Self::Gitflow => &gitflow::Gitflow,
        }
    }

    /// The strategy's name in requests and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.rules().name()
    }

    /// Parses a strategy's name.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut all = Self::ALL.iter().copied();
        all.find(|strategy| strategy.as_str() == text).ok_or_else(|| {
            let names: Vec<_> = Self::ALL.iter().map(|strategy| strategy.as_str()).collect();
            format!("must be one of {}", names.join(", "))
        })
    }

    /// Whether the stage at `stage_index` waits for an approval when its team does not say.
    #[must_use]
    pub fn approval_by_default(self, stage_index: usize) -> bool {
        self.rules().approval_by_default(stage_index)
    }

    /// Whether each stage has a CodePipeline of its own; else one delivers all of them.
    #[must_use]
    pub fn has_code_pipeline_for_each_stage(self) -> bool {
        match self.rules().code_pipelines() {
            CodePipelines::OneForAllStages => false,
            CodePipelines::OneForEachStage => true,
        }
    }

    /// The CodePipeline that delivers `stage`.
    #[must_use]
    pub fn code_pipeline_of(self, names: PipelineNames<'_>, stage: &StageName) -> CodePipeline {
        let own = self.has_code_pipeline_for_each_stage().then_some(stage);
        CodePipeline {
            name: names.code_pipeline(own),
            branch: self.branch_of(stage).to_owned(),
            stage: own.cloned(),
        }
    }

    /// The CodePipelines of a pipeline with these stages, each once, in the order of the stages.
    #[must_use]
    pub fn code_pipelines<'s>(
        self,
        names: PipelineNames<'_>,
        stages: impl IntoIterator<Item = &'s StageName>,
    ) -> Vec<CodePipeline> {
        let mut all: Vec<CodePipeline> = stages
            .into_iter()
            .map(|stage| self.code_pipeline_of(names, stage))
            .collect();
        all.dedup();
        all
    }

    /// The names of the stages of a CodePipeline that deliver `stage`, in order.
    #[must_use]
    pub fn parts_of(self, stage: &StageName) -> Vec<String> {
        self.rules().parts_of(stage)
    }

    /// Whether the stage `part` of a CodePipeline delivers `stage`.
    #[must_use]
    pub fn delivers(self, part: &str, stage: &StageName) -> bool {
        self.parts_of(stage).iter().any(|name| name == part)
    }

    /// The branch that `stage` is delivered from.
    #[must_use]
    pub fn branch_of(self, stage: &StageName) -> &str {
        self.rules().branch_of(stage)
    }

    /// The branches beside [`MAIN_BRANCH`] that the repository of a pipeline with these stages must have.
    #[must_use]
    pub fn branches_beside_main<'s>(
        self,
        stages: impl IntoIterator<Item = &'s StageName>,
    ) -> BTreeSet<&'s str> {
        let branches = stages.into_iter().map(|stage| self.branch_of(stage));
        branches.filter(|branch| *branch != MAIN_BRANCH).collect()
    }

    /// Whether the pipeline updates its own stacks from its repository: then they are its developers', once they are there.
    #[must_use]
    pub fn updates_itself(self) -> bool {
        self.rules().updates_itself()
    }

    /// Whether what a deployment commits starts the CodePipelines. Else the deployment starts them when all is in place.
    #[must_use]
    pub fn runs_on_deployment_commits(self) -> bool {
        self.rules().runs_on_deployment_commits()
    }

    /// Those of `regions` in which a pipeline needs a support stack beside its CICD stack in the region `own`, in their
    /// order, each once.
    #[must_use]
    pub fn support_regions<'r>(
        self,
        own: &Region,
        regions: impl IntoIterator<Item = &'r Region>,
    ) -> Vec<&'r Region> {
        match self.rules().artifacts() {
            Artifacts::InItsOwnRegion => Vec::new(),
            Artifacts::InEachRegion => {
                let mut seen = BTreeSet::from([own]);
                let regions = regions.into_iter();
                regions.filter(|region| seen.insert(region)).collect()
            }
        }
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromInput for Strategy {
    fn from_input(value: &Value, at: &Pointer, problems: &mut Problems) -> Option<Self> {
        let text = String::from_input(value, at, problems)?;
        Self::parse(&text).map_err(|detail| problems.add(at, detail)).ok()
    }
}
