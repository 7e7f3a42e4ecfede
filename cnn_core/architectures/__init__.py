"""Network families, one a file: stages as data, one loop, every layer named. `catalog.ARCHITECTURES` lists them all."""
