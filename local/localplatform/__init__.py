"""The platform on the local AWS: built, deployed, three accounts linked, ready for pipelines."""
