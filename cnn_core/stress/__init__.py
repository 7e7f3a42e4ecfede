"""What is said of convolutional networks, tried on one photo: disturbed, moved, and counted. Loads no Keras."""
