"""CodeCommit on real git repositories: its API, its events, and git over HTTP."""
