"""Step Functions as the gateway sees it."""

from __future__ import annotations

from pathlib import Path

from sundog.service import DurableWork, Service, operations_in
from sundog.services.stepfunctions import (
    activities,
    aliases,
    doing,
    executions,
    limits,
    listing,
    log_delivery,
    logging,
    machines,
    map_running,
    map_runs,
    map_work,
    redriving,
    running,
    tags,
    targets,
    task_tokens,
    test_state,
    versions,
)
from sundog.services.stepfunctions.api_models import ApiModels
from sundog.services.stepfunctions.definitions import Definitions
from sundog.services.stepfunctions.metrics import Metrics
from sundog.services.stepfunctions.pages import Pages

SERVICE = Service(
    name="stepfunctions",
    operations=operations_in(
        "stepfunctions",
        *(
            activities,
            aliases,
            executions,
            listing,
            machines,
            map_runs,
            redriving,
            tags,
            task_tokens,
            test_state,
            versions,
        ),
    ),
    schema=Path(__file__).with_name("schema"),
    targets={"states": targets.deliver},
    work={
        running.TASK: DurableWork(doing.do_task, concurrency_max=limits.TASKS_AT_ONCE),
        running.TIMER: DurableWork(running.fire, concurrency_max=limits.TASKS_AT_ONCE),
        running.RESUME: DurableWork(running.resume),
        map_running.MAP: DurableWork(map_work.turn_map_run),
        logging.LOG: DurableWork(log_delivery.deliver_log),
    },
    parts=(Definitions, ApiModels, Metrics, Pages),
)
