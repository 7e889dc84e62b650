import mystery_box
from sklearn.svm import SVC
