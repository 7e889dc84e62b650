from importlib.metadata import version

from envtoy.v1 import envtoy_pb2

print(version("envtoy"), envtoy_pb2.Step(reward=1).SerializeToString().hex())
