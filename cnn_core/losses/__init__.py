"""Losses of classification and segmentation, for training and for looking at.

`entropy`, `overlap` and `weighted` hold `keras.losses.Loss` classes on `keras.ops`, with what they share in `targets`,
and load Keras. `segmentation` builds one by its name and loads Keras when it is called. The rest is NumPy: the same
losses of one class against the rest, with their gradients.
"""
