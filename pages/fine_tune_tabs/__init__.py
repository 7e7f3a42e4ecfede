"""The tabs of the page Fine-tune: from a folder of pictures to a trained network that is taken home."""
