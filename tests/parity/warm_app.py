"""Runs the app.py in its working directory, unmodified, once for each line on stdin; answers a line of JSON each.

The CDK's libraries stay loaded in between: that is nine tenths of a synthesis.
"""

import json
import os
import runpy
import sys
import traceback

import aws_cdk  # noqa: F401
import aws_ddk_core  # noqa: F401

# What the application prints must not be taken for an answer.
answers = os.fdopen(os.dup(1), "w")
os.dup2(2, 1)
sys.path.insert(0, os.getcwd())
sys.dont_write_bytecode = True

for _ in sys.stdin:
    for name in [name for name in sys.modules if name.partition(".")[0] == "ddk_app"]:
        del sys.modules[name]
    try:
        runpy.run_path("app.py", run_name="__main__")
        answer = {"error": None}
    except BaseException:  # sys.exit() must not end this process
        answer = {"error": traceback.format_exc()}
    print(json.dumps(answer), file=answers, flush=True)
