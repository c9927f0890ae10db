"""The data application that the pipeline deploys."""
