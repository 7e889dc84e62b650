#!/bin/sh
set -e
hello
python -c "import importlib.util as u; print(u.find_spec('iniconfig'))"
