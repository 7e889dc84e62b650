"""The cost of layers, the steps that a change rebuilds, and the forecast of a first build."""
