"""Imported last by the process that forks the jobs: what it has loaded is kept out of the garbage collector.

A collection writes into every object it looks at, and a page of memory that a job writes to is a page of its own.
"""

import gc

gc.collect()
gc.freeze()
