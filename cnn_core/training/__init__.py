"""Networks trained from random weights, as runs like any other: the recipe for CIFAR-10 and every other network."""
