//! S3: what the steps of a deployment leave for each other, and the buckets in which pipelines keep their artifacts.

mod artifacts;
mod pipeline_buckets;

pub use artifacts::Artifacts;
pub use pipeline_buckets::Buckets;
