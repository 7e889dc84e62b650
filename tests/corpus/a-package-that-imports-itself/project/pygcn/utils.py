import scipy.sparse as sp


def adjacency(nodes):
    return sp.eye(nodes)
