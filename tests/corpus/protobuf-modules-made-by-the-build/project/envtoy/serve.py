from envtoy.v1 import envtoy_pb2

print(envtoy_pb2.Step(reward=2, status={"code": 3}).SerializeToString().hex())
