"""Model files that nobody vouches for: checked without Keras first, then read in a child process with limits."""
