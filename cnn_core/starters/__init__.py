"""The small networks that this project trains and ships: how each is trained, measured and written."""
