def train(steps):
    return sum(range(steps))
