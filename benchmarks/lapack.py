"""Times LAPACK on the matrices of linalg.ts: OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 python benchmarks/lapack.py [SIZE,SIZE,…]

Needs NumPy and SciPy. The least processor time of the calls in half a second, in ms: of the factor (dpotrf), of the
inverse from it (dpotri), and of 250 systems with it (dtrtrs).
"""

import sys
import time

import numpy as np
from scipy.linalg.lapack import dpotrf, dpotri, dtrtrs


def least(run):
    run()
    times = []
    while sum(times) < 0.5:
        start = time.process_time()
        run()
        times.append(time.process_time() - start)
    return 1e3 * min(times)


for n in map(int, (sys.argv[1:] or ["50,100,300,1000,3000"])[0].split(",")):
    i = np.arange(n)
    a = np.asfortranarray(np.exp(-abs(i[:, None] - i) / 50) + 0.1 * np.eye(n))
    lower, _ = dpotrf(a, lower=1)
    b = np.ones((n, 250), order="F")
    times = {
        "Cholesky": least(lambda: dpotrf(a, lower=1, clean=0)),
        "inverse of a factor": least(lambda: dpotri(lower, lower=1)),
        "250 systems": least(lambda: dtrtrs(lower, b, lower=1)),
    }
    for what, ms in times.items():
        print(f"n={n:<5} {what:<34} {ms:10.3g} ms")
