"""The console in a browser: Playwright walks through it (walk.test.ts), on the platform of conftest.py.

On the platform that `make up` runs: `npx playwright test` in this directory.
"""

import os
import subprocess
from pathlib import Path

HERE = Path(__file__).parent


def test_a_team_walks_through_it_in_a_browser(platform, pytestconfig):
    command = ["npx", "--no", "playwright", "test"]
    # Minutes: what happens is to be seen although pytest captures output.
    with pytestconfig.pluginmanager.getplugin("capturemanager").global_and_fixture_disabled():
        done = subprocess.run(command, cwd=HERE, env=os.environ | {"STACK": str(platform.settings.stack_file)}, check=False)
    assert done.returncode == 0, "see what Playwright tells above; screenshots are in .local/console-tests"
