// The rehearsal's page: shows what the server describes and asks it to make things happen. All text is set as text.

import { watchMessages } from "./menu.js";

const $ = (id) => document.getElementById(id);
const root = document.documentElement;
const JUMP_WORDS = { 10: "Ten minutes pass…", 60: "An hour passes…", 1440: "A day passes…" };

let state = null; // the last full description
let clockOffset = 0; // simulated minus real time, in milliseconds
let acting = false;
let frameShown = "";
let spokenUpTo = 0;
let ended = false;

/* ---------- small helpers ---------- */

function make(tag, className, text) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text !== undefined) element.textContent = text;
  return element;
}

function setOptions(select, options, chosen) {
  const wanted = JSON.stringify(options);
  if (select.dataset.options !== wanted) {
    select.replaceChildren(...options.map(([value, label]) => new Option(label, value)));
    select.dataset.options = wanted;
  }
  if (document.activeElement !== select || select.value === "" || !acting) select.value = chosen;
}

let toastTimer = 0;
function toast(words, bad = false) {
  clearTimeout(toastTimer);
  $("toast").hidden = !words;
  if (!words) return;
  $("toast-words").textContent = words;
  $("toast").classList.toggle("bad", bad);
  $(bad ? "alarm" : "spoken").textContent = words;
  toastTimer = setTimeout(() => toast(""), bad ? 12000 : 7000);
}

/* ---------- talking to the server ---------- */

async function ask(scene, body = {}) {
  if (acting) return null;
  acting = true;
  document.body.setAttribute("aria-busy", "true");
  try {
    const answer = await fetch(`api/${scene}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-Rehearsal": "1" },
      body: JSON.stringify(body),
    });
    const said = await answer.json();
    acting = false;
    show(said);
    if (!(scene === "join" && said.refused)) toast(said.refused || said.said || "", Boolean(said.refused));
    return said;
  } catch {
    toast("The rehearsal did not answer. Is it still running in the terminal?", true);
    return null;
  } finally {
    acting = false;
    document.body.removeAttribute("aria-busy");
  }
}

async function poll() {
  let pause = document.hidden ? 3000 : state?.jump != null || acting ? 250 : 700;
  try {
    const answer = await fetch(`api/state?seen=${state ? state.version : ""}`);
    if (ended) location.reload();
    show(await answer.json());
  } catch {
    ended = true;
    pause = 3000;
    $("toast-words").textContent = "The rehearsal has ended. Start it again with: python3 run.py rehearse";
    $("toast").className = "toast bad";
    $("toast").hidden = false;
  }
  setTimeout(poll, pause);
}

/* ---------- showing ---------- */

function show(next) {
  clockOffset = new Date(next.now).getTime() - Date.now();
  const jump = next.jump;
  if (!next.tour) {
    if (state) state.jump = jump;
  } else if (!state || next.version >= state.version) {
    state = next;
    $("guild").textContent = state.guild;
    showChoices();
    showTour();
    showBlog();
    showActivity();
    showFrame();
  }
  $("passing").hidden = jump == null;
  if (jump != null) $("progress").value = jump;
  showClock();
}

function showChoices() {
  setOptions($("channel"), state.channels.map((c) => [c.id, c.thread ? `   ↳ ${c.name}` : `#${c.name}${c.private ? "  (private)" : ""}`]), state.channel);
  setOptions($("viewer"), state.people.map((p) => [p.id, p.part === "member" ? p.name : `${p.name} · ${p.part}`]), state.viewer);
  const viewer = state.people.find((person) => person.id === state.viewer);
  if (!$("name").dataset.touched && document.activeElement !== $("name")) $("name").value = state.suggestions[0];
  $("leave").textContent = state.owner ? "Leave" : `${viewer.name} leaves`;
  $("leave").setAttribute("aria-disabled", String(state.owner));
  $("leave").title = state.owner ? `${viewer.name} owns this community and stays` : `${viewer.name} leaves the community`;
  $("waiting").hidden = !state.pending;
  $("waiting-words").textContent = `${viewer.name} can look around, but has to accept the rules before speaking.`;
}

function showTour() {
  const key = JSON.stringify([state.tour, state.closing, opened]);
  if ($("tour").dataset.key === key) return;
  const focused = document.activeElement?.dataset?.step;
  const kind = document.activeElement?.className;
  const next = state.tour.find((step) => !step.done);
  if (next?.id !== upNext) opened = null;
  upNext = next?.id;
  $("tour").dataset.key = key;
  $("tour").replaceChildren(...state.tour.map((step, index) => drawStep(step, index, step === next)));
  if (focused) ($("tour").querySelector(`[data-step="${focused}"][class="${kind}"]`) || $("tour").querySelector(".next .head"))?.focus();
  const done = state.tour.filter((step) => step.done).length;
  $("tour-count").textContent = `${done} of ${state.tour.length}`;
  $("closing").hidden = !state.closing;
  $("closing").textContent = state.closing;
}

let upNext;
let opened = null; // a step the person opened by hand
function drawStep(step, index, isNext) {
  const item = make("li", `step${step.done ? " done" : isNext ? " next" : ""}`);
  if (isNext) item.setAttribute("aria-current", "step");
  const isOpen = opened === null ? isNext : opened === step.id;
  const head = make("button", "head");
  head.type = "button";
  head.dataset.step = step.id;
  head.setAttribute("aria-expanded", String(isOpen));
  const mark = make("span", "mark", step.done ? "✓" : String(index + 1));
  mark.setAttribute("aria-hidden", "true");
  head.append(mark, make("span", "name", step.title));
  if (step.done) head.append(make("span", "unseen", "(done)"));
  const heading = make("h3");
  heading.append(head);
  item.append(heading);
  if (!isOpen) return item;
  item.append(make("p", "", step.hint));
  if (step.go) {
    const go = make("button", "go quiet", step.go);
    go.type = "button";
    go.dataset.step = step.id;
    item.append(go);
  }
  return item;
}

function showBlog() {
  const blog = state.blog;
  $("blog-heading").textContent = `${blog.author}’s blog`;
  $("blog-count").textContent = blog.posts === 1 ? "1 post" : `${blog.posts} posts`;
  $("blog-newest").textContent = blog.newest;
  $("open-blog").href = blog.address;
}

function showActivity() {
  const list = $("activity");
  const known = Number(list.firstElementChild?.dataset.n || 0);
  const have = new Set(state.activity.map((deed) => String(deed.n)));
  for (const item of [...list.children]) if (!have.has(item.dataset.n)) item.remove();
  const fresh = state.activity.filter((deed) => deed.n > known);
  list.prepend(...fresh.map(drawDeed));
  const spoken = fresh.filter((deed) => deed.n > spokenUpTo && deed.kind !== "person").slice(0, 2).reverse();
  if (spokenUpTo && spoken.length) $("spoken").textContent = spoken.map((deed) => `${deed.text}. ${deed.quote}`).join(" ");
  spokenUpTo = Math.max(spokenUpTo, known, ...fresh.map((deed) => deed.n));
}

function drawDeed(deed) {
  const item = make("li", `deed ${deed.kind === "trouble" ? "trouble-deed" : deed.kind}`);
  item.dataset.n = deed.n;
  const line = make("div", "line");
  if (deed.channel) {
    const see = make("button", "see", deed.text);
    see.type = "button";
    see.dataset.channel = deed.channel;
    see.title = "Go there";
    line.append(see);
  } else line.append(make("span", "", deed.text));
  const at = make("time", "", inZone(deed.at, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }));
  at.dateTime = deed.at;
  at.title = inZone(deed.at, { weekday: "short", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  line.append(at);
  item.append(line);
  if (deed.quote) item.append(make("q", "", deed.quote));
  return item;
}

function inZone(instant, options) {
  return new Intl.DateTimeFormat("en-GB", { timeZone: state.timeZone, ...options }).format(new Date(instant));
}

function showClock() {
  if (!state) return;
  const now = Date.now() + clockOffset;
  const city = state.timeZone.split("/").pop().replaceAll("_", " ");
  const day = `${inZone(now, { weekday: "short", day: "numeric", month: "long" })}, ${city}`;
  const time = inZone(now, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
  if ($("clock-day").textContent !== day) $("clock-day").textContent = day;
  $("clock").textContent = time;
  $("clock").title = `The time in ${state.timeZone.replaceAll("_", " ")}`;
}

/* ---------- the frame ---------- */

function showFrame() {
  const frame = $("frame");
  if (state.frame && state.frame !== frameShown) {
    frameShown = state.frame;
    frame.classList.remove("shown");
    // Replacing the address keeps the browser's Back button out of the stage.
    frame.contentWindow.location.replace(state.frame);
  }
  dressFrame();
}

function dressFrame() {
  const inside = $("frame").contentDocument?.documentElement;
  if (!inside) return;
  inside.dataset.theme = root.dataset.theme;
  inside.toggleAttribute("data-pending", Boolean(state?.pending));
}

$("frame").addEventListener("load", () => {
  dressFrame();
  watchMessages($("frame").contentDocument, () => state?.menu ?? [], (message, command) => ask("menu", { message, command }));
  if (frameShown) $("frame").classList.add("shown");
});

/* ---------- light and dark ---------- */

const dark = matchMedia("(prefers-color-scheme: dark)");
function remembered() {
  try { return localStorage.getItem("rehearsal-theme"); } catch { return null; }
}
function setTheme(name) {
  root.dataset.theme = name;
  $("theme").textContent = name === "dark" ? "Light" : "Dark";
  $("theme").setAttribute("aria-label", `Switch to ${name === "dark" ? "light" : "dark"} colours`);
  dressFrame();
}
setTheme(remembered() || (dark.matches ? "dark" : "light"));
dark.addEventListener("change", () => { if (!remembered()) setTheme(dark.matches ? "dark" : "light"); });
$("theme").addEventListener("click", () => {
  const name = root.dataset.theme === "dark" ? "light" : "dark";
  try { localStorage.setItem("rehearsal-theme", name); } catch { /* then it lasts for this page only */ }
  setTheme(name);
});

/* ---------- what a person can do ---------- */

$("channel").addEventListener("change", () => ask("switch", { channel: $("channel").value }));
$("viewer").addEventListener("change", () => ask("switch", { viewer: $("viewer").value }));
$("accept").addEventListener("click", () => ask("accept"));
$("restart").addEventListener("click", () => ask("restart"));
$("leave").addEventListener("click", () => ask("leave"));
$("publish").addEventListener("click", () => {
  $("passing-words").textContent = "Tribekeeper reads the blog every few minutes…";
  ask("publish");
});
$("toast-close").addEventListener("click", () => toast(""));
$("tour").addEventListener("click", (event) => {
  const button = event.target.closest("[data-step]");
  if (!button) return;
  const step = button.dataset.step;
  if (button.classList.contains("go")) { opened = null; ask("go", { step }); return; }
  opened = button.getAttribute("aria-expanded") === "true" ? "" : step;
  showTour();
});
$("activity").addEventListener("click", (event) => {
  const channel = event.target.closest("[data-channel]")?.dataset.channel;
  if (channel) ask("switch", { channel });
});
for (const button of document.querySelectorAll("[data-jump]")) {
  button.addEventListener("click", () => {
    const minutes = Number(button.dataset.jump);
    $("passing-words").textContent = JUMP_WORDS[minutes];
    ask("advance", { minutes });
  });
}

$("name").addEventListener("input", () => { $("name").dataset.touched = "1"; nameTrouble(""); });
$("another-name").addEventListener("click", () => {
  const others = state.suggestions.filter((name) => name !== $("name").value);
  $("name").value = others[Math.floor(Math.random() * others.length)] || state.suggestions[0];
  delete $("name").dataset.touched;
  $("spoken").textContent = $("name").value;
  nameTrouble("");
});
function nameTrouble(words) {
  $("name-trouble").hidden = !words;
  $("name-trouble").textContent = words;
  $("name").setAttribute("aria-invalid", String(Boolean(words)));
}
$("join").addEventListener("submit", async (event) => {
  event.preventDefault();
  const said = await ask("join", { name: $("name").value, rules: $("rules").checked });
  if (!said) return;
  nameTrouble(said.refused || "");
  if (said.refused) { $("name").focus(); return; }
  delete $("name").dataset.touched;
  $("name").value = state.suggestions[0];
  $("rules").checked = false;
});

setInterval(showClock, 1000);
poll();
