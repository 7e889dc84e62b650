import toyflow

print(toyflow.NAME)
