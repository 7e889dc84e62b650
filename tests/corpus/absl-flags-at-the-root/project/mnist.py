from absl import app, flags

FLAGS = flags.FLAGS
flags.DEFINE_integer("epochs", 3, "Epochs to train")
flags.DEFINE_float("learning_rate", 0.1, "Learning rate")


def main(argv):
    print(f"trained for {FLAGS.epochs} epochs at {FLAGS.learning_rate}")


if __name__ == "__main__":
    app.run(main)
