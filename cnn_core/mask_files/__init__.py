"""Files that hold label maps, read and written: palette, grey and colour pictures, COCO JSON, NPY."""
