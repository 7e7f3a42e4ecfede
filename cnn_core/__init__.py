"""CNN Playground's numbers and pictures, without a browser: import the topic you need, e.g. `cnn_core.convolution`."""
