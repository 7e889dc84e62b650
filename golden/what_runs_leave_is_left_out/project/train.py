import multirun.sweep
