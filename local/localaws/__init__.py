"""AWS on one machine: MiniStack, extended by what it lacks.

MiniStack answers for most services. This package adds CodeCommit on real git repositories, git over HTTP, CodePipeline's control plane,
CodeBuild, their CloudFormation types, and a few rules of IAM and CloudFormation that the platform relies on. `python -m localaws --help`
runs it.
"""
