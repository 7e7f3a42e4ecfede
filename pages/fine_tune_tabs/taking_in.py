"""How pictures become a data set of this page."""

from functools import partial

from pages.ui import taking_in
from pages.ui.class_folders import DATA

KEY = "fine_tune_source"
TOLD = "fine_tune_told"
SHELF = taking_in.Shelf(KEY, TOLD, "data", DATA.choose)

make = partial(taking_in.make, SHELF)
settle = partial(taking_in.settle, SHELF)
widget_key = partial(taking_in.widget_key, SHELF)
next_widget = partial(taking_in.next_widget, SHELF)
