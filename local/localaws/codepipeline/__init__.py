"""CodePipeline as a control plane: definitions, executions and their honest state.

An execution's source actions read the real heads of the branches. No build or deployment runs on this machine: the stage after the sources
stays in progress, and nothing reports a success that was none.
"""
