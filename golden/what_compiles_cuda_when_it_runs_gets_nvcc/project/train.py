from torch.utils.cpp_extension import load

ops = load("ops", ["ops.cu"])
