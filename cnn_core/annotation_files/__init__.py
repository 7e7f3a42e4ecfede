"""Files that hold the true boxes of pictures, read and written: COCO JSON, Pascal VOC XML and YOLO text."""
