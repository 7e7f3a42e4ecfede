"""Trainings that are broken on purpose, by the name that a configuration gives them.

Each says what it changes, how it shows, and how it is mended. The cases that a visitor is asked about are numbered, so
that neither a run's name nor a link tells.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cnn_core.training.broken import (
    divided_twice,
    imbalanced,
    leaked,
    shuffled_labels,
    sorted_by_class,
    with_more_pictures,
    with_moving_statistics,
    with_rate_x100,
    without_shuffling,
)
from cnn_core.training.change import Change
from cnn_core.training.experiments import BASE, SIDE


@dataclass(frozen=True)
class Mistake:
    """One way to break a training.

    Attributes:
        title: what it is, as one of the answers to choose from.
        change: what it does to a run.
        changes: the same in words.
        gives_away: how it shows.
        figure: name of the figure of `evidence_of` that gives it away most plainly.
        remedy: how it is mended.
        code: the wrong line and the right one, in Keras.
        values: of the configuration, beyond the experiments' `BASE`.
        seen: what it showed at its usual setting, with which seed.
    """

    title: str
    change: Change
    changes: str
    gives_away: str
    figure: str
    remedy: str
    code: str
    values: Mapping[str, Any] = field(default_factory=dict)
    data: tuple[str, ...] = ("shapes", "cifar10")
    seen: str = ""


MISTAKES: Mapping[str, Mistake] = {
    "labels_shuffled": Mistake(
        "The labels are mixed up",
        Change(data=shuffled_labels),
        "The labels of the training pictures were dealt out at random: there are as many of each class as before, but "
        "they belong to other pictures.",
        "What it learns from has no pattern. It can only learn by heart, slowly; held-out pictures, whose labels are "
        "right, stay at chance from the first epoch to the last, and their loss rises.",
        "train_as_judged",
        "Look at twenty training pictures with their labels before training. Shuffle pictures and labels with the same "
        "permutation.",
        "rng.shuffle(x_train)                        # wrong: y_train keeps its order\n"
        "order = rng.permutation(len(x_train))       # right\n"
        "x_train, y_train = x_train[order], y_train[order]",
        seen=(
            "with seed 0, 47.0 % in the last epoch of training and 15.4 % of the test pictures, which is "
            "chance; 37.2 % mended."
        ),
    ),
    "learning_rate_x100": Mistake(
        "The learning rate is far too large",
        Change(config=with_rate_x100),
        "The learning rate is 0.2 in place of 0.002.",
        "The first updates throw the weights so far that ReLUs give 0 for every picture: no gradient comes through, "
        "and after a huge first loss it stays where it is when every class is given its share, ln K.",
        "first_loss",
        "Start near the optimizer's usual rate (0.001 for Adam), or let the learning rate finder look for it.",
        "keras.optimizers.Adam(0.2)     # wrong\nkeras.optimizers.Adam(0.002)   # right",
        seen=(
            "with seed 0, a first loss of 162 where ln 6 = 1.79, then 1.80 to the end; 16.8 % of the test "
            "pictures right, and 37.2 % mended."
        ),
    ),
    "wrong_preprocessing": Mistake(
        "Held-out pictures are prepared differently",
        Change(judged=divided_twice),
        "The network divides pixels by 255 itself. Training pictures come as 0 to 255; the held-out ones were divided "
        "by 255 before, so that they reach it as almost black.",
        "It learns well, and held-out pictures stay near chance. The network is not at fault: training pictures that "
        "are prepared in the same wrong way are not recognised either.",
        "train_as_judged",
        "Put the preprocessing inside the network, and send every picture through the same function.",
        "model.evaluate(x_test / 255, y_test)   # wrong: the network begins with Rescaling(1 / 255)\n"
        "model.evaluate(x_test, y_test)         # right",
        seen=(
            "with seed 0, 68.5 % in training and 16.1 % reported; the same network is right about 37.2 % of "
            "pictures that are prepared as they should be."
        ),
    ),
    "leaked_split": Mistake(
        "Training pictures are among the held-out ones",
        Change(data=leaked),
        "Four in five held-out pictures are copies of training pictures.",
        "The held-out figure is far too good and follows the training figure. On the held-out pictures that it has not "
        "learned from, it is much worse.",
        "duplicates",
        "Split first, by the thing photographed and not by the file; look for identical pictures across the parts.",
        "x_all = np.concatenate([x, flipped_copies])   # wrong: copies are made, then split\n"
        "train, test = split(x)                        # right: split, then make copies of train",
        # Learning by heart takes more epochs than learning the rule.
        {"pictures": 300, "epochs": 30},
        seen="with seed 0, 83.6 % reported; on the held-out pictures that it had not learned from 28.2 %.",
    ),
    "imbalanced_classes": Mistake(
        "One class has nearly all the pictures",
        Change(config=with_more_pictures, data=imbalanced),
        "The first class kept all its pictures, the others one in thirty; the held-out part was drawn in the same way.",
        "The accuracy looks splendid from the first epoch on: naming the large class every time would reach as much. "
        "The recall of the small classes is poor.",
        "least_recall",
        "Look at the recall of each class. Collect more of the rare ones, or give them larger weights in the loss.",
        "model.evaluate(x_test, y_test)                         # wrong: one accuracy for all\n"
        "model.fit(x, y, class_weight={0: 0.2, 1: 5, 2: 5})     # right: and recall class by class",
        seen=(
            "with seed 0, 83.2 % reported, with 96.1 % of all answers circle; 17.5 % on test pictures with "
            "all classes alike, 37.2 % mended."
        ),
    ),
    "no_shuffling": Mistake(
        "The pictures come class by class",
        Change(config=without_shuffling, data=sorted_by_class),
        "The training pictures are sorted by class and never shuffled, so that nearly every batch holds one class.",
        "Within an epoch the network is taught one answer after the other and forgets the one before: afterwards it "
        "calls every picture by one class's name. Nothing but the order of the pictures tells it from other ways to "
        "learn nothing.",
        "one_class_batches",
        "Shuffle anew in every epoch.",
        "model.fit(x, y, shuffle=False)                # wrong, where x is sorted by class\n"
        "dataset.shuffle(len(x)).batch(32)             # right: a buffer as large as the data",
        seen="with seed 0, every answer was star: 16.8 % right, and 37.2 % mended.",
    ),
    "batch_norm_training": Mistake(
        "Batch norm is not frozen with its base",
        Change(network=with_moving_statistics),
        "A base with trained weights is frozen and gets a new last layer, but its batch norm stays in training mode: "
        "it works with the mean and variance of each small batch, and its stored ones move.",
        "The weights of the base did not change, yet its stored statistics did. The last layer learns from features "
        "that depend on which pictures happen to share a batch, and is asked about others.",
        "moved_statistics",
        "Set trainable = False on every batch norm of the base and call it with training=False.",
        "features = base(x, training=True)     # wrong\n"
        "base.trainable = False                # right\n"
        "features = base(x, training=False)",
        {
            "network": "starter",
            "own": "",
            "input_size": [SIDE, SIDE],
            "frozen": True,
            "pretrained": True,
            "dropout": False,
            "pictures": 150,
            "epochs": 5,
            "batch_size": 4,
        },
        ("shapes",),
        seen=(
            "with seed 0, stored means moved by 0.26 standard deviations, and the held-out loss ended at "
            "2.30, 1.57 mended; the accuracies, 33.5 % and 35.4 %, cannot be told apart with so short a "
            "training."
        ),
    ),
}
# Case 1 is the first; the order tells nothing.
CASES: tuple[str, ...] = tuple(MISTAKES)


def mistake_values(name: str) -> dict[str, Any]:
    """The fields of the configuration that a mistake is shown with, without the mistake.

    Example:
        >>> mistake_values("leaked_split")["epochs"]
        30
    """
    return {**BASE, **MISTAKES[name].values}
