"""Train a small network on scikit-learn's handwritten digits; the last line printed is its accuracy on unseen ones."""

import argparse
import json
import pickle
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.metrics import recall_score
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier

CLASS_NAMES = Path("data/classes.json")  # there if the container was given it: caliban run -d data


def main() -> None:
    flags = parse_flags()
    images, digits = load_digits(return_X_y=True)
    images = images / 16  # 8 x 8 pixels of 0 to 16
    train_images, test_images, train_digits, test_digits = train_test_split(
        images, digits, test_size=0.25, stratify=digits, random_state=flags.seed
    )

    model = MLPClassifier(
        hidden_layer_sizes=(flags.hidden,),
        solver="sgd",
        learning_rate_init=flags.lr,
        batch_size=32,
        random_state=flags.seed,
    )
    for epoch in range(1, flags.epochs + 1):
        model.partial_fit(train_images, train_digits, classes=np.unique(digits))
        accuracy = model.score(test_images, test_digits)
        print(f"epoch {epoch}/{flags.epochs}  loss {model.loss_:.3f}  accuracy {accuracy:.3f}")

    found = recall_score(test_digits, model.predict(test_images), average=None)
    hardest = int(np.argmin(found))
    print(f"hardest digit: {class_names()[hardest]}, {found[hardest]:.0%} found")

    if flags.out:
        save(flags.out, model, {"epochs": flags.epochs, "lr": flags.lr, "hidden": flags.hidden, "accuracy": accuracy})
    print(f"accuracy: {accuracy:.3f}")


def parse_flags() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--epochs", type=positive, default=10, help="passes over the training data (%(default)s)")
    parser.add_argument("--lr", type=float, default=0.1, help="learning rate (%(default)s)")
    parser.add_argument("--hidden", type=positive, default=64, help="units of the hidden layer (%(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the split and the weights (%(default)s)")
    parser.add_argument("--out", type=Path, help="folder for model.pkl and metrics.json (default: keep nothing)")
    return parser.parse_args()


def positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


def class_names() -> list[str]:
    if CLASS_NAMES.exists():
        return json.loads(CLASS_NAMES.read_text())
    return [str(digit) for digit in range(10)]


def save(folder: Path, model: MLPClassifier, metrics: dict[str, object]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.pkl").write_bytes(pickle.dumps(model))
    (folder / "metrics.json").write_text(json.dumps(metrics, indent=2) + "\n")
    print(f"saved model.pkl and metrics.json in {folder}")


if __name__ == "__main__":
    main()
