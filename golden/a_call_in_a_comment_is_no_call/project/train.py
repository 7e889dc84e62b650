# model = torch.compile(model) is slower
print("torch.compiler is something else")
