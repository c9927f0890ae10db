"""An application for the CDK's command line that only writes down what the command line told it."""

import json
import os
import sys
from pathlib import Path

told = {key: value for key, value in os.environ.items() if key.startswith("CDK_")}
Path(sys.argv[1]).write_text(json.dumps(told), encoding="utf-8")
