"""The check-up, and what a run says of itself, as code to run: without the page."""

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

# {run} is the folder of a run.
RUN_SNIPPETS = {
    "The project's own": """from pathlib import Path

from cnn_core.runs.folder import read_events, read_status
from cnn_core.transfer.history import history_of, standing

run = Path("{run}")
history = history_of(read_events(run))
for number, (loss, accuracy) in enumerate(zip(history.curves["val_loss"], history.curves["val_accuracy"]), start=1):
    print(f"epoch {{number}}: validation loss {{loss}}, accuracy {{accuracy}}")
now = standing(run)
print(f"{{read_status(run).state}}: {{now.measure}} {{now.accuracy}}, {{now.seconds:.0f}} s")
""",
    "By hand": """import json
from pathlib import Path

lines = Path("{run}/events.jsonl").read_text(encoding="utf-8").splitlines()
epochs = [event for event in map(json.loads, lines) if event["kind"] == "epoch"]
for number, epoch in enumerate(epochs, start=1):
    print(f"epoch {{number}}: validation loss {{epoch.get('val_loss')}}, accuracy {{epoch.get('val_accuracy')}}")
""",
}
