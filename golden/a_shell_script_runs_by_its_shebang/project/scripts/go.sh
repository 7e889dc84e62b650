#!/usr/bin/env -S bash -eu
echo go
