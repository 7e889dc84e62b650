import json
import os

import configargparse


def config_parser():
    parser = configargparse.ArgumentParser()
    parser.add_argument("--config", is_config_file=True)
    parser.add_argument("--expname", type=str)
    parser.add_argument("--basedir", type=str, default="./logs/")
    parser.add_argument("--datadir", type=str)
    parser.add_argument("--N_samples", type=int, default=8)
    parser.add_argument("--use_viewdirs", action="store_true")
    return parser


def train():
    args = config_parser().parse_args()
    with open(os.path.join(args.datadir, "transforms 100%.json"), encoding="utf-8") as file:
        frames = json.load(file)["frames"]
    os.makedirs(os.path.join(args.basedir, args.expname), exist_ok=True)
    with open(os.path.join(args.basedir, args.expname, "args.txt"), "w") as file:
        file.write("done\n")
    with open("latest.txt") as file:
        print(args.expname, frames, args.N_samples, args.use_viewdirs, file.read().strip(), os.path.islink("gone"))


if __name__ == "__main__":
    train()
