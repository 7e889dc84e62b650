import matplotlib
import numpy as np
from sklearn import datasets, svm

matplotlib.use("Agg")
import matplotlib.pyplot as plt

features, labels = datasets.load_iris(return_X_y=True)
order = np.random.default_rng(0).permutation(len(labels))
features, labels = features[order][:, :2], labels[order]
cut = int(0.9 * len(labels))
model = svm.SVC(kernel="linear").fit(features[:cut], labels[:cut])
print("Train accuracy:", model.score(features[:cut], labels[:cut]))
print("Test accuracy:", model.score(features[cut:], labels[cut:]))
plt.scatter(*features.T, c=labels)
plt.savefig("plot.png")
