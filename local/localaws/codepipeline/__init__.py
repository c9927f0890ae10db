"""CodePipeline: definitions, and executions that really run.

Each action works with the session of its role, over HTTP, and is asked by IAM like anybody else. What the local AWS cannot run stays in
progress and says why; nothing reports a success that was none.
"""
