//! How pipelines' runs go: what `CodePipeline`'s events tell is kept beside the pipelines' records and told on.

pub mod change;
pub mod record;
