"""Networks that are looked at: starters, ImageNet's, fine-tuned runs, untrained ones and own files, all alike."""
