import importlib.metadata

import flask

print("Hello from Python-Poetry")
print(f"flask {importlib.metadata.version('flask')} of {flask.__name__}")
