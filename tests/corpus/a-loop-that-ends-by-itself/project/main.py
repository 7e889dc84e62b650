from itertools import count

import numpy as np

rng = np.random.default_rng(0)
W_target, b_target = rng.normal(size=4) * 5, rng.normal() * 5
W, b = np.zeros(4), 0.0


def describe(weights, bias):
    powers = " ".join(f"{w:+.2f} x^{len(weights) - i}" for i, w in enumerate(weights))
    return f"y = {powers} {bias:+.2f}"


for batch in count(1):
    x = rng.normal(size=(32, 1)) ** np.arange(4, 0, -1)
    error = x @ W + b - (x @ W_target + b_target)
    loss = np.abs(error).mean()
    if loss < 1e-3:
        break
    step, *_ = np.linalg.lstsq(np.c_[x, np.ones(32)], error, rcond=None)
    W, b = W - 0.5 * step[:4], b - 0.5 * step[4]

print(f"Loss: {loss:.6f} after {batch} batches")
print("==> Learned function:\t" + describe(W, b))
print("==> Actual function:\t" + describe(W_target, b_target))
