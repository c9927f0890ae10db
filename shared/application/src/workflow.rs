//! The steps of the workflow that deploys a pipeline, in the order in which the state machine runs them.
