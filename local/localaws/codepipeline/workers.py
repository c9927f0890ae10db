"""The threads on which actions run, one for each run, so that a pipeline's lock and the server's event loop are never held meanwhile."""

import logging
import threading
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from . import artifacts
from .actions import Perform
from .executions import ActionRun, Execution
from .failures import ActionFailed, refused
from .roles import Roles
from .variables import resolved
from .work import Left, Work

if TYPE_CHECKING:
    from .pipeline import Pipeline

logger = logging.getLogger("localaws")


def start(pipeline: "Pipeline", execution: Execution, run: ActionRun, perform: Perform) -> None:
    name = f"{pipeline.name}/{run.stage}/{run.name}"
    threading.Thread(target=_run, args=(pipeline, execution, run, perform), name=name, daemon=True).start()


def _run(pipeline: "Pipeline", execution: Execution, run: ActionRun, perform: Perform) -> None:
    declaration = pipeline.declaration
    roles = Roles(declaration["roleArn"], run.action.get("roleArn"), run.id, run.region)
    try:
        work = _prepare(pipeline, execution, run, declaration, roles)
        work.pause(0)
        outcome = perform(work)
    except Left:
        return
    except ActionFailed as failure:
        outcome = failure
    except ClientError as error:
        outcome = refused(error, roles.working_role, "run the action")
    except BotoCoreError as error:
        outcome = ActionFailed("InternalError", f"The local AWS could not be reached: {error}")
    except Exception:
        logger.exception("The action %s of %s failed", run.name, pipeline.arn)
        outcome = ActionFailed("InternalError", "The local AWS failed; its log says why.")
    finally:
        roles.close()
    pipeline.finish(execution, run, outcome)


def _prepare(pipeline: "Pipeline", execution: Execution, run: ActionRun, declaration: dict, roles: Roles) -> Work:
    """Resolves variables, and brings inputs into the region of the action."""
    action = run.action
    with pipeline.lock:
        run.configuration = resolved(action["configuration"], execution.known_variables())
    store = artifacts.store_of(declaration, run.region)
    inputs = {wanted["name"]: _brought(pipeline, execution, roles, wanted["name"], store) for wanted in action["inputArtifacts"]}
    outputs = tuple(artifacts.new_artifact(pipeline.name, made["name"], store) for made in action["outputArtifacts"])
    with pipeline.lock:
        run.inputs, run.outputs = tuple(inputs.values()), outputs

    def report(**details) -> None:
        with pipeline.lock:
            if run.running:
                for name, value in details.items():
                    setattr(run, name, value)

    return Work(
        account=pipeline.account,
        home_region=pipeline.region,
        pipeline=pipeline.name,
        execution_id=execution.id,
        run_id=run.id,
        stage=run.stage,
        action=action,
        region=run.region,
        configuration=run.configuration,
        source_override=execution.source_overrides.get(action["name"]),
        store=store,
        inputs=inputs,
        outputs=outputs,
        roles=roles,
        token=run.token,
        over=run.over,
        report=report,
    )


def _brought(pipeline: "Pipeline", execution: Execution, roles: Roles, name: str, store: artifacts.Store) -> artifacts.Artifact:
    """An artifact in a region's store, copied there with the pipeline's role if it was made elsewhere.

    https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-create-cross-region.html
    """
    with pipeline.lock:
        known = {region: artifact for (made, region), artifact in execution.artifacts.items() if made == name}
    if store.region in known:
        return known[store.region]
    if not known:
        raise ActionFailed("ConfigurationError", f"The artifact {name} was not made in this execution.")
    region, original = next(iter(known.items()))
    copy = artifacts.Artifact(name, store.bucket, original.key)
    session = roles.pipeline()
    artifacts.put(session, store, copy.key, artifacts.get(session, region, original))
    with pipeline.lock:
        execution.artifacts[name, store.region] = copy
    return copy
