"""CodeBuild: projects, and builds that really run."""

import pytest
from codebuilding import TRUST, WRITE_LOGS, CodeBuild, context, phases, spec
from conftest import unique


@pytest.fixture(scope="module")
def codebuild(aws) -> CodeBuild:
    return CodeBuild(aws, aws.role(unique("builder"), TRUST, [WRITE_LOGS]))


class TestBuilds:
    def test_run_the_commands_of_all_phases(self, codebuild):
        build = codebuild.run(
            spec(install=["cd /", "export SEEN=install", "own=gone"], build=['echo "$PWD $SEEN ${own:-none}"'], post_build="echo done")
        )
        assert build["buildStatus"] == "SUCCEEDED"
        assert set(phases(build).values()) == {"SUCCEEDED", None}
        log = codebuild.log(build)
        assert log.index("/ install none") < log.index("done")
        assert any(line.endswith("Phase complete: BUILD State: SUCCEEDED") for line in log)

    def test_a_failed_command_fails_the_build_and_post_build_runs(self, codebuild):
        build = codebuild.run(spec(build=["exit 3", "echo unreached"], post_build=["echo succeeding=$CODEBUILD_BUILD_SUCCEEDING"]))
        assert build["buildStatus"] == "FAILED"
        assert context(build, "BUILD") == {
            "statusCode": "COMMAND_EXECUTION_ERROR",
            "message": "Error while executing command: exit 3. Reason: exit status 3",
        }
        log = codebuild.log(build)
        assert "succeeding=0" in log and "unreached" not in log
