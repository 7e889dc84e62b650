from simple_knn._C import dist
