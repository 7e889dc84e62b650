import flask

print("Hello from Python-Uv" if flask.Flask else "")
