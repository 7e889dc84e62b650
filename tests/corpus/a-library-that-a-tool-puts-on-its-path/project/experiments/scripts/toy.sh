#!/bin/bash
set -e
mkdir -p experiments/logs
exec > >(tee experiments/logs/toy.txt)
python ./tools/train_net.py --cfg experiments/cfgs/toy.yml --set $@
