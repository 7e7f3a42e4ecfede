"""What a run trains and on what: its pictures, its backbone, a head on features or the whole network, with examples."""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from cnn_core.augmentation import augmented, mixed_up
from cnn_core.backbones.loading import load_backbone
from cnn_core.transfer.config import FEATURE_EXTRACTION, FINE_TUNING, TransferConfig
from cnn_core.transfer.dataset import Dataset, dataset_of, example_weights, one_hot
from cnn_core.transfer.evaluation import loss_and_accuracy
from cnn_core.transfer.extraction import LoadBackbone
from cnn_core.transfer.feature_cache import FeatureCache
from cnn_core.transfer.features import UNIT, Features, features_of
from cnn_core.transfer.fine_tuning import unfreeze
from cnn_core.transfer.head import head_on_features, whole_network
from cnn_core.transfer.loop import Examples
from cnn_core.transfer.pictures import PictureSource, epoch_random, in_background, picture_source
from cnn_core.transfer.watch import Watch

if TYPE_CHECKING:
    import keras

Floats = npt.NDArray[np.float32]

# The folder beside the runs in which features are kept.
CACHE = ".features"


class Materials:
    """A run's configuration made into things to train; each is made when it is first asked for.

    Attributes:
        config: what to train.
        data: its pictures.
        cache: of features.
        watch: told what is going on.
    """

    def __init__(
        self, run: Path, config: TransferConfig, *, load: LoadBackbone = load_backbone, began: float | None = None
    ) -> None:
        """Read the listing.

        Args:
            run: its folder.
            config: what to train.
            load: loads the backbone.
            began: as for `Watch`.

        Raises:
            InputError: it is missing, or there is nothing to be learned from it.
        """
        from cnn_core.folders.listing import load_listing

        self.config, self.watch, self._load = config, Watch(run, began=began), load
        self.data: Dataset = dataset_of(load_listing(config.listing))
        self.cache = FeatureCache(run.parent / CACHE)
        self._loaded: dict[str, keras.Model] = {}

    def backbone(self) -> "keras.Model":
        """The backbone under Keras' present dtype policy, built once for each."""
        import keras

        policy = keras.config.dtype_policy().name
        if policy not in self._loaded:
            self._loaded[policy] = self._load(self.config.backbone, input_size=self.config.input_size)
        return self._loaded[policy]

    @cached_property
    def features(self) -> Features:
        """Features of the pictures to train on with their views, then of those to judge by."""
        augmentation = self.config.augmentation
        views = augmentation.views if augmentation.changes_pictures else 0
        train = self._features_of(self.data.train, augmentation=augmentation, views=views, seed=self.config.seed)
        if not self.data.judged:
            return train
        judged = self._features_of(self.data.judged).values
        # The judged ones have no views: their picture stands for each.
        return Features(np.concatenate([train.values, np.repeat(judged, 1 + views, axis=1)]))

    @cached_property
    def rescaled_features(self) -> Features:
        """Features of the same pictures, without views, divided by 255 whatever the network wants."""
        return self._features_of((*self.data.train, *self.data.judged), preprocessing=UNIT)

    def _features_of(self, items: tuple[Any, ...], **options: Any) -> Features:
        self.watch.start("features")
        return features_of(
            self.data.listing,
            items,
            backbone=self.config.backbone,
            input_size=self.config.input_size,
            cache=self.cache,
            progress=lambda done, of: self.watch.batch(done, of, pictures=done),
            load=lambda _name, input_size: self.backbone(),  # noqa: ARG005
            identity="" if self._load is load_backbone else f"{getattr(self._load, '__qualname__', self._load)}",
            **options,
        )

    def head(self) -> "tuple[keras.Model, Examples]":
        """A new head, and features to train it on: of each picture, or of one of its views."""
        config, classes, data = self.config, len(self.data.classes), self.data
        pooling, count = config.head.pooling, len(self.data.train)
        views = range(self.features.values.shape[1])
        values = np.stack([self.features.of(pooling, view=view)[:count] for view in views], axis=1)
        targets = one_hot(data.train_truth, classes)
        head = head_on_features(values.shape[2], classes, options=config.head, seed=config.seed)
        judged = self.features.of(pooling)[count : count + data.validation]

        def make(chosen: Any, epoch: int, batch: int) -> tuple[Floats, Floats]:
            random = epoch_random(seed=config.seed, phase=FEATURE_EXTRACTION, epoch=epoch, batch=batch)
            view = random.integers(len(views), size=len(chosen))
            return mixed_up(values[chosen, view], targets[chosen], alpha=config.augmentation.mixup, random=random)

        def validate() -> tuple[float, float]:
            return self._judge(np.asarray(head.predict_on_batch(judged)))

        return head, Examples(make, self._weights(), validate if len(judged) else None)

    def network(self, head: "keras.Model | None") -> "tuple[keras.Model, Examples, tuple[str, ...]]":
        """The whole network with its last layers unfrozen, pictures to train it on, and the names of those layers."""
        config, classes, data = self.config, len(self.data.classes), self.data
        backbone = self.backbone()
        trained = unfreeze(backbone, config.backbone, options=config.fine_tuning)
        model = whole_network(backbone, classes, options=config.head, seed=config.seed, head=head)
        targets, source = one_hot(data.train_truth, classes), self.source(data.train)
        judged = self.source(data.judged[: data.validation])

        def make(chosen: Any, epoch: int, batch: int) -> tuple[Floats, Floats]:
            random = epoch_random(seed=config.seed, phase=FINE_TUNING, epoch=epoch, batch=batch)
            views = [augmented(source[number], config.augmentation, random) for number in chosen]
            inputs = np.stack(views).astype(np.float32)
            return mixed_up(inputs, targets[chosen], alpha=config.augmentation.mixup, random=random)

        def validate() -> tuple[float, float]:
            return self._judge(self.answers(model, judged))

        return model, Examples(make, self._weights(), validate if len(judged) else None), trained

    def source(self, items: tuple[Any, ...]) -> PictureSource:
        """The pixels of these items."""
        return picture_source(self.data.listing, [item.file for item in items], size=self.config.input_size)

    def answers(
        self, model: "keras.Model", source: PictureSource, *, shown: bool = False, traced: bool = True
    ) -> Floats:
        """Probabilities (N, classes) of these pictures; all batches have one shape.

        Args:
            model: from raw pixels to probabilities.
            source: the pictures.
            shown: whether the run's progress is about this.
            traced: False for a glance at a few pictures: tracing a network takes longer than running it once.
        """
        import keras

        ask = model.predict_on_batch if traced else lambda pictures: model(pictures, training=False)
        size = min(self.config.batch_size, max(1, len(source)))
        batches = [range(first, min(first + size, len(source))) for first in range(0, len(source), size)]

        def make(numbers: range) -> Floats:
            pictures = np.stack([source[number] for number in numbers]).astype(np.float32)
            return np.concatenate([pictures, np.repeat(pictures[-1:], size - len(numbers), axis=0)])

        answers = [np.zeros((0, len(self.data.classes)), np.float32)]
        for number, (numbers, pictures) in enumerate(zip(batches, in_background(make, batches), strict=True), start=1):
            answers.append(np.asarray(keras.ops.convert_to_numpy(ask(pictures)), np.float32)[: len(numbers)])
            if shown:
                self.watch.batch(number, len(batches), pictures=numbers[-1] + 1)
            else:
                self.watch.check()
        return np.concatenate(answers)

    def _judge(self, said: Floats) -> tuple[float, float]:
        truth = self.data.judged_truth[: self.data.validation]
        return loss_and_accuracy(said, truth, label_smoothing=self.config.head.label_smoothing)

    def _weights(self) -> Floats:
        return example_weights(self.data.train_truth, len(self.data.classes), balanced=self.config.class_weights)
