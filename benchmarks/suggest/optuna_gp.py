"""Times one suggestion of Optuna's GPSampler: a study as JSON on stdin, what was measured as JSON on stdout.

The sampler knows no learning curves: each trial is over, with its last observation as its value. Timed: asking for a
trial with all its parameters. Before that the same in a study of a few trials, so that everything is set up.
"""

import json
import sys
import time
import warnings
from importlib.metadata import version

warnings.filterwarnings("ignore")

# Libraries print when they are imported.
answer, sys.stdout = sys.stdout, sys.stderr

import optuna
from optuna.distributions import CategoricalDistribution, FloatDistribution, IntDistribution
from optuna.trial import TrialState, create_trial

optuna.logging.set_verbosity(optuna.logging.CRITICAL)

NUMBERS = {"float": FloatDistribution, "int": IntDistribution}


def distribution(parameter):
    if parameter["type"] == "categorical":
        return CategoricalDistribution(parameter["values"])
    return NUMBERS[parameter["type"]](parameter["min"], parameter["max"], log=parameter["scale"] == "Log")


def suggest(study, trials, pending):
    distributions = {parameter["name"]: distribution(parameter) for parameter in study["parameters"]}
    sampler = optuna.samplers.GPSampler(seed=study["seed"])
    experiment = optuna.create_study(sampler=sampler, direction="minimize")
    for trial in trials:
        value = trial["observations"][-1]["value"]
        experiment.add_trial(create_trial(params=trial["config"], distributions=distributions, value=value))
    for config in pending:
        running = create_trial(state=TrialState.RUNNING, params=config, distributions=distributions)
        experiment.add_trial(running)
    wall, cpu = time.perf_counter(), time.process_time()
    asked = experiment.ask(distributions)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    assert asked.params.keys() == distributions.keys()
    return wall, cpu


study = json.load(sys.stdin)
suggest(study, study["trials"][:20], study["pending"])
wall, cpu = suggest(study, study["trials"], study["pending"])
versions = {name: version(name) for name in ("optuna", "torch", "numpy", "scipy")}
json.dump({"wallMs": 1000 * wall, "cpuMs": 1000 * cpu, "versions": versions}, answer)
