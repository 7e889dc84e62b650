import seqtoy
from seqtoy import libcount

if __name__ == "__main__":
    print(seqtoy.__version__, libcount.words("to be or not"))
