"""Times one suggestion of syne-tune's MOBSTER: a study as JSON on stdin, what was measured as JSON on stdout.

Timed: the fit of the model's hyperparameters, and the search for a configuration with the fitted model. Before that, in
an experiment of its own, a suggestion from the first few trials, so that everything is imported and set up.
"""

import json
import logging
import sys
import time
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)

# Libraries print when they are imported.
answer, sys.stdout = sys.stdout, sys.stderr

from syne_tune.config_space import choice, lograndint, loguniform, randint, uniform
from syne_tune.optimizer.schedulers import HyperbandScheduler

DOMAINS = {
    ("float", "Linear"): uniform,
    ("float", "Log"): loguniform,
    ("int", "Linear"): randint,
    ("int", "Log"): lograndint,
}


def domain(parameter):
    if parameter["type"] == "categorical":
        return choice(parameter["values"])
    return DOMAINS[parameter["type"], parameter["scale"]](parameter["min"], parameter["max"])


def suggest(study, trials, pending):
    space = {parameter["name"]: domain(parameter) for parameter in study["parameters"]}
    scheduler = HyperbandScheduler(
        dict(space, epochs=study["maxResource"]),
        searcher="bayesopt",
        type="stopping",
        metric="loss",
        mode="min",
        resource_attr="epoch",
        max_resource_attr="epochs",
        grace_period=1,
        reduction_factor=3,
        random_seed=study["seed"],
        points_to_evaluate=[],
        # More than there are: no observation is left out. (None would mean 500.)
        search_options={"debug_log": False, "max_size_data_for_model": 100_000},
    )
    scheduler._initialize_searcher()
    searcher = scheduler.searcher
    for number, trial in enumerate(trials):
        for seen in trial["observations"]:
            result = {"loss": seen["value"], "epoch": seen["resource"]}
            searcher.on_trial_result(str(number), trial["config"], result, True)
    for number, config in enumerate(pending):
        searcher.register_pending(str(len(trials) + number), config, milestone=1)
    wall, cpu = time.perf_counter(), time.process_time()
    searcher.state_transformer.fit()
    config = searcher.get_config(trial_id=str(len(trials) + len(pending)), milestone=1)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert config is not None
    return wall, cpu


study = json.load(sys.stdin)
suggest(study, study["trials"][:12], study["pending"])
wall, cpu = suggest(study, study["trials"], study["pending"])
versions = {name: version(name) for name in ("syne-tune", "numpy", "scipy", "autograd")}
json.dump({"wallMs": 1000 * wall, "cpuMs": 1000 * cpu, "versions": versions}, answer)
