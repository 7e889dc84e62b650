"""A demand for recipes whose test is about something else."""

from caliban.compiler.ir.demand import Demand

DEMAND = Demand(mode="cpu", platform="linux/amd64", host_python="3.11")
