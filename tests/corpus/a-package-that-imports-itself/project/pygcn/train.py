import argparse

from pygcn.utils import adjacency

parser = argparse.ArgumentParser()
parser.add_argument("--no-cuda", action="store_true", default=False, help="Disables CUDA training.")
parser.add_argument("--weight_decay", type=float, default=5e-4, help="Weight decay (L2 loss on parameters).")
parser.add_argument("--epochs", type=int, default=200)
options = parser.parse_args()
print("edges:", adjacency(options.epochs).nnz)
