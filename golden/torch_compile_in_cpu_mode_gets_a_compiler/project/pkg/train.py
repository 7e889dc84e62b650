import torch


@torch.compile
def step(x):
    return x + 1
