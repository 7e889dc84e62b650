import tiny
