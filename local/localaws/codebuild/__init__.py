"""CodeBuild: projects, and builds that really run, as processes of this machine."""
