"""A network of one's own: layers as data, their shapes, the link that holds them, and the Keras model they make."""
