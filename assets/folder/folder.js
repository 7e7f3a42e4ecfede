// A folder is chosen or dropped and sent to the server: its names first, then its files, a few at a time. Python hears
// of it once, at the end.

const AT_ONCE = 4;
const TRIES = 3;
const DRAW_EVERY = 100;

// A folder on its way outlives a call of this script: the page may be drawn again meanwhile.
const memories = new WeakMap();

const wait = (milliseconds) => new Promise((done) => setTimeout(done, milliseconds));

async function* inside(entry) {
  if (entry.isFile) {
    const file = await new Promise((found, failed) => entry.file(found, failed));
    yield [entry.fullPath.replace(/^\//, ""), file];
    return;
  }
  const reader = entry.createReader();
  // A reader gives its folder in portions, and nothing after the last one.
  for (;;) {
    const portion = await new Promise((found, failed) => reader.readEntries(found, failed));
    if (!portion.length) return;
    for (const one of portion) yield* inside(one);
  }
}

async function dropped(entries) {
  const found = [];
  for (const entry of entries) for await (const one of inside(entry)) found.push(one);
  return found;
}

function chosen(input) {
  return [...input.files].map((file) => [file.webkitRelativePath || file.name, file]);
}

function said(view, problem) {
  view.problem.textContent = problem;
  view.problem.hidden = !problem;
}

function left(seconds) {
  return seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${Math.round(seconds / 60)} min`;
}

function drawn(view, work, force = false) {
  const now = performance.now();
  if (!force && now - work.drawn < DRAW_EVERY) return;
  work.drawn = now;
  const share = work.total ? work.bytes / work.total : 1;
  const spent = (now - work.begun) / 1000;
  view.bar.setAttribute("aria-valuenow", Math.round(100 * share));
  view.done.style.width = `${100 * share}%`;
  const rest = spent > 1 && share < 1 ? ` · ${left((spent * (1 - share)) / share)} left` : "";
  view.told.textContent =
    `${work.sent.toLocaleString("en")} of ${work.files.length.toLocaleString("en")} files · ` +
    `${(work.bytes / 1e6).toFixed(0)} of ${(work.total / 1e6).toFixed(0)} MB${rest}`;
}

// What the server says: null, or why it takes nothing more. Why it refuses one file it remembers itself.
async function sent(address, file) {
  for (let tried = 1; ; tried += 1) {
    try {
      const answer = await fetch(address, { method: "PUT", body: file });
      if (answer.ok || answer.status === 422) return null;
      if (answer.status < 500 || answer.status === 507) {
        return (await answer.json().catch(() => ({}))).problem ?? `The server answered ${answer.status}.`;
      }
    } catch {
      // The file cannot be read any more, or the server is out of reach: the next try tells.
    }
    if (tried === TRIES) return `${file.name} could not be sent. Is the server still there, and the file?`;
    await wait(500 * tried);
  }
}

async function sendAll(view, work, address) {
  let next = 0;
  const one = async () => {
    while (next < work.files.length && !work.stopped && !work.problem) {
      const number = next;
      next += 1;
      const [, file] = work.files[number];
      const problem = await sent(`${address}/${number}`, file);
      if (problem) work.problem = problem;
      work.sent += 1;
      work.bytes += file.size;
      drawn(view, work);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, one));
}

function working(view, yes) {
  view.zone.hidden = yes;
  view.workplace.hidden = !yes;
}

async function bring(view, found) {
  if (view.work) return;
  // The page may be drawn with another address meanwhile: what was begun at one goes on there.
  const { address } = view.data;
  const work = { files: [], total: 0, bytes: 0, sent: 0, drawn: 0, begun: 0, stopped: false, problem: "" };
  view.work = work;
  said(view, "");
  view.told.textContent = "Reading the folder …";
  view.done.style.width = "0";
  working(view, true);
  try {
    work.files = await found;
    work.total = work.files.reduce((sum, [, file]) => sum + file.size, 0);
    const names = work.files.map(([name]) => name);
    const answer = await fetch(address, { method: "POST", body: JSON.stringify(names) }).catch(() => {
      throw new Error("The server is out of reach. Try again in a moment.");
    });
    const { problem, turn } = await answer.json().catch(() => ({}));
    if (!answer.ok) throw new Error(problem ?? `The server answered ${answer.status}.`);
    work.begun = performance.now();
    drawn(view, work, true);
    await sendAll(view, work, `${address}/${turn}`);
    drawn(view, work, true);
    if (work.problem) throw new Error(work.problem);
    view.setTriggerValue("ended", true);
  } catch (error) {
    working(view, false);
    view.work = null;
    said(view, error.message);
  }
}

function listen(view) {
  const { zone, input, choose, stop } = view;
  choose.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    const found = chosen(input);
    // The same folder may be chosen again.
    input.value = "";
    bring(view, found);
  });
  stop.addEventListener("click", () => {
    view.work.stopped = true;
  });
  zone.addEventListener("dragover", (event) => {
    event.preventDefault();
    zone.classList.add("over");
  });
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    // Entries are there only while the event is handled.
    const entries = [...event.dataTransfer.items].map((item) => item.webkitGetAsEntry()).filter(Boolean);
    if (entries.length) bring(view, dropped(entries));
  });
}

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".folder");
  const first = !memories.has(root);
  if (first) memories.set(root, { work: null });
  const view = memories.get(root);
  const part = (name) => root.querySelector(`.${name}`);
  Object.assign(view, {
    data,
    setTriggerValue,
    zone: part("zone"),
    input: root.querySelector("input"),
    choose: part("choose"),
    workplace: part("work"),
    bar: part("bar"),
    done: part("done"),
    told: part("told"),
    stop: part("stop"),
    problem: part("problem"),
  });
  part("label").textContent = data.label;
  for (const one of [view.input, view.bar]) one.setAttribute("aria-label", data.label);
  if (first) listen(view);
}
