"""The check-up as code to run: the same functions, without the page."""

SNIPPETS = {
    "The project's own": """from pathlib import Path

from cnn_core.folders.check_up import check_up
from cnn_core.folders.listing import read_listing
from cnn_core.folders.ready_made import write_shapes

folder = write_shapes(Path("shapes"), per_class=6)  # or a folder of your own
listing = read_listing(folder, validation=0.2, seed=0)
found = check_up(listing, input_size=(64, 64))
for label, parts in found.counts.items():
    print(f"{label:10} {parts} weight {found.class_weights[label]:.2f}")
for problem in found.unreadable:
    print(problem.file, problem.problem)
print("copies to leave out:", found.repeats)
""",
    "By hand": """import hashlib
from collections import Counter, defaultdict
from pathlib import Path

from PIL import Image

folder = Path("shapes")  # one folder for each class
counts, same = Counter(), defaultdict(list)
for path in sorted(folder.glob("*/*")):
    try:
        with Image.open(path) as picture:
            picture.load()
    except OSError as error:
        print(path, "cannot be opened:", error)
        continue
    counts[path.parent.name] += 1
    same[hashlib.sha256(path.read_bytes()).digest()].append(path)
for label, count in counts.items():
    print(f"{label:10} {count} weight {counts.total() / (len(counts) * count):.2f}")
print("copies:", [paths for paths in same.values() if len(paths) > 1])
""",
}
