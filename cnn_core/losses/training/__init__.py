"""One small U-Net trained twice from the same first weights, with two losses: a run like any other."""
