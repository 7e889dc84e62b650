import argparse
import logging

import numpy as np
from scipy.optimize import linear_sum_assignment

parser = argparse.ArgumentParser(prog="frequency_assignment.py")
parser.add_argument("-u", "--num_users", type=int, default=5)
parser.add_argument("-f", "--num_frequencies", type=int, default=10)
parser.add_argument("-v", "--verbose", action="count", default=0)


def main():
    options = parser.parse_args()
    logging.basicConfig(level=logging.DEBUG if options.verbose else logging.INFO)
    gains = np.random.default_rng(0).exponential(size=(options.num_users, options.num_frequencies)) / 100
    rows, columns = linear_sum_assignment(gains, maximize=True)
    logging.info("QMKP Avg Profit: %.2f dB", 10 * np.log10(gains[rows, columns].mean()))


if __name__ == "__main__":
    main()
