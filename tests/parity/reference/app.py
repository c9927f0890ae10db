"""Synthesizes the CICD stack of the pipeline in pipeline.json: an input of `render`, strategy trunk or gitflow."""

import json
from pathlib import Path

import aws_cdk as cdk
from cicd_stack import CicdStack

app = cdk.App()
CicdStack(app, json.loads(Path("pipeline.json").read_text(encoding="utf-8")))
app.synth()
