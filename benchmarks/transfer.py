"""Feature extraction against the textbook: `model.fit` through the frozen base, on the same pictures, in one run.

    python -m benchmarks.transfer [--pictures 200] [--seeds 1] [--epochs 10] [--data ../shared/data/cats_dogs.zip]

Both start from picture files with Keras imported and end with the validation accuracy; MobileNetV2 at 224 pixels, head
of 128 units, dropout 0.5, Adam. Wanted on all 1,399 cats and dogs with three seeds (`--pictures 0 --seeds 3`): at most
a tenth of the textbook's time, and an accuracy within a point. The very first run on a machine also makes the
backbone's LiteRT file, which is kept as its weights are; "new pictures" has that file and no features; "same pictures"
finds the features there, as every further head does.
"""

import argparse
import os
import shutil
import tempfile
import time
import zipfile
from pathlib import Path
from statistics import mean

from cnn_core.folders.listing import Listing, read_listing, save_listing
from cnn_core.runs.folder import create_run
from cnn_core.runtime import usable_cores
from cnn_core.transfer.materials import CACHE

SIZE = 224
BATCH = 32


def unpack(archive: Path, folder: Path, *, pictures: int) -> Path:
    """So many pictures of each class into class folders; all of them for 0."""
    taken: dict[str, int] = {}
    with zipfile.ZipFile(archive) as file:
        for name in sorted(file.namelist()):
            label = Path(name).parent.name
            if not name.lower().endswith((".jpg", ".jpeg", ".png")) or (
                pictures and taken.get(label, 0) * 2 >= pictures
            ):
                continue
            taken[label] = taken.get(label, 0) + 1
            (folder / label).mkdir(parents=True, exist_ok=True)
            (folder / label / Path(name).name).write_bytes(file.read(name))
    return folder


def split_folders(listing: Listing, folder: Path) -> None:
    """Links in `train` and `validation`, as the textbook's loader wants its classes."""
    for item in listing.items:
        target = folder / item.part / item.file
        target.parent.mkdir(parents=True, exist_ok=True)
        os.symlink(listing.root / item.file, target)


def textbook(folder: Path, *, seed: int, epochs: int) -> tuple[float, float]:
    """Seconds, and the last epoch's validation accuracy."""
    import keras

    from cnn_core.backbones.weights import weights_file

    start = time.perf_counter()
    keras.utils.set_random_seed(seed)
    train, validation = (
        keras.utils.image_dataset_from_directory(
            folder / part, image_size=(SIZE, SIZE), batch_size=BATCH, seed=seed, follow_links=True, verbose=False
        )
        for part in ("train", "validation")
    )
    base = keras.applications.MobileNetV2(
        include_top=False, weights=str(weights_file("mobilenet_v2")), input_shape=(SIZE, SIZE, 3)
    )
    base.trainable = False
    inputs = keras.Input((SIZE, SIZE, 3))
    x = base(keras.layers.Rescaling(1 / 127.5, offset=-1)(inputs), training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.5)(keras.layers.Dense(128, activation="relu")(x))
    model = keras.Model(inputs, keras.layers.Dense(2, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(train.prefetch(2), validation_data=validation.prefetch(2), epochs=epochs, verbose=0)
    return time.perf_counter() - start, float(history.history["val_accuracy"][-1])


def ours(store: Path, listing: Path, *, seed: int, epochs: int) -> tuple[float, float]:
    """Seconds of a whole run with its saved network, and its validation accuracy."""
    from cnn_core.child_process import read_json
    from cnn_core.transfer.config import default_config
    from cnn_core.transfer.train import train_run

    config = default_config(listing, backbone="mobilenet_v2") | {
        "input_size": [SIZE, SIZE],
        "epochs": epochs,
        "early_stopping": 0,
        "class_weights": False,
        "seed": seed,
    }
    config["augmentation"]["flip"] = False
    run = create_run(store, config, owner="benchmark", name="benchmark")
    start = time.perf_counter()
    train_run(run)
    return time.perf_counter() - start, float(read_json(run / "result.json")["validation"]["accuracy"])


def forget_features(runs: Path) -> None:
    """Everything but LiteRT files goes, as where nobody has trained on these pictures."""
    for path in runs.iterdir():
        if path.name != CACHE:
            shutil.rmtree(path)
    for path in (runs / CACHE).iterdir():
        if path.suffix != ".tflite":
            path.unlink()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=int, default=200, help="of both classes; 0 for all")
    parser.add_argument("--seeds", type=int, default=1)
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--data", type=Path, default=Path("../shared/data/cats_dogs.zip"))
    options = parser.parse_args()
    os.environ.setdefault("KERAS_HOME", str(options.data.resolve().parent / "keras_home"))
    import keras
    import tensorflow as tf

    print(f"{usable_cores()} cores, Keras {keras.__version__} on TensorFlow {tf.__version__}")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        listing = read_listing(unpack(options.data, folder / "pictures", pictures=options.pictures))
        save_listing(listing, folder / "listing.json")
        split_folders(listing, folder / "split")
        print(f"{len(listing.items)} pictures, {options.epochs} epochs")
        very_first, _ = ours(folder / "runs", folder / "listing.json", seed=0, epochs=options.epochs)
        print(f"{'seed':>4} {'textbook s':>11} {'new pictures s':>15} {'same s':>7} {'ratio':>6} {'accuracies':>14}")
        rows = []
        for seed in range(options.seeds):
            forget_features(folder / "runs")
            fresh, accuracy = ours(folder / "runs", folder / "listing.json", seed=seed, epochs=options.epochs)
            slow, peer = textbook(folder / "split", seed=seed, epochs=options.epochs)
            again, _ = ours(folder / "runs", folder / "listing.json", seed=seed, epochs=options.epochs)
            rows.append((slow, fresh, accuracy, peer))
            print(
                f"{seed:>4} {slow:>11.1f} {fresh:>15.1f} {again:>7.1f} {fresh / slow:>6.3f}"
                f" {accuracy:>6.3f} {peer:>7.3f}",
                flush=True,
            )
        slow, fresh, accuracy, peer = (mean(column) for column in zip(*rows, strict=True))
        print(f"new pictures: ratio {fresh / slow:.3f}; accuracy {accuracy:.4f} against {peer:.4f}")
        print(f"the very first run, which makes the LiteRT file: {very_first:.1f} s, ratio {very_first / slow:.3f}")


if __name__ == "__main__":
    main()
