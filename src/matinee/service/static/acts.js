// Every form that posts to /acts is sent from here: what it does shows at once, and goes back to what
// it was where the server did not keep it.
import { fetchPart } from "./fragment.js";

const STAYS = 12_000;
const LEAVES = 180;
const SETTLES = 700;
let place;
let timer = 0;
let settling = 0;
let queue = Promise.resolve();
// What takes the latest act back.
let way = null;
// What brings cards back, by title.
const away = new Map();

const parts = (root, part) => [...root.querySelectorAll(`[data-part="${CSS.escape(part)}"]`)];
const values = (form, button) => new URLSearchParams(new FormData(form, button));

function focus(element) {
  (element ?? document.getElementById("main")).focus({ preventScroll: !element });
}

// Takes a card away and leaves a hole, by which it comes back to the same place.
function take(item) {
  const hole = document.createComment("");
  const [next, previous] = [item.nextElementSibling, item.previousElementSibling];
  item.before(hole);
  if (item.contains(document.activeElement)) focus((next ?? previous)?.querySelector(".card-title a"));
  item.inert = true;
  const gone = () => hole.isConnected && item.remove();
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) gone();
  else item.animate({ opacity: [1, 0], transform: ["none", "scale(.94)"] }, LEAVES).finished.then(gone, gone);
  return () => {
    item.inert = false;
    if (hole.isConnected) hole.replaceWith(item);
    return item;
  };
}

// Shows what an act will do.
function foresee(title, act, button) {
  const gone = parts(document, `acts ${title}`)
    .map((form) => form.closest("[data-grid] > *"))
    .filter((item) => item && (act === "hide" || (act === "seen" && item.closest("[data-hide-seen]"))));
  const cards = gone.map(take);
  const was = button?.getAttribute("aria-pressed");
  if (was) button.setAttribute("aria-pressed", was === "false");
  return {
    cards,
    undo() {
      if (was) button.setAttribute("aria-pressed", was);
      cards.forEach((back) => back());
    },
  };
}

// Puts forms in place of those of the same title, with the keyboard where it was.
function put(fresh) {
  for (const made of fresh.querySelectorAll("[data-part]")) {
    for (const old of parts(document, made.dataset.part)) {
      if (settling && old.matches(".rate")) continue;
      const next = made.cloneNode(true);
      const at = old.contains(document.activeElement) && document.activeElement;
      old.replaceWith(next);
      if (!at) continue;
      const same = at.dataset.key ? `[data-key="${at.dataset.key}"]` : ":checked";
      (next.querySelector(same) ?? next.querySelector("[type=radio], .act")).focus({ preventScroll: true });
    }
  }
}

function rest() {
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (place.matches(":hover, :focus-within")) rest();
    else place.replaceChildren();
  }, STAYS);
}

// The toast lies over the page; it moves up where it would hide what has the keyboard.
function uncover() {
  const [at, told] = [document.activeElement, place.firstElementChild];
  if (!told || place.contains(at) || at === document.body || at.id === "main") return;
  place.classList.remove("up");
  const [a, b] = [at.getBoundingClientRect(), told.getBoundingClientRect()];
  place.classList.toggle("up", a.bottom > b.top - 8 && a.top < b.bottom && a.right > b.left && a.left < b.right);
}

function tell(told, again) {
  const inside = place.contains(document.activeElement);
  place.replaceChildren(told);
  told.querySelector("[data-again]")?.addEventListener("click", again);
  if (inside) focus(told.querySelector("button"));
  uncover();
  rest();
}

async function send(body, shown, button) {
  const [title, act] = [body.get("title"), body.get("act")];
  const found = await fetchPart("/acts", "acts", body);
  const fresh = document.createElement("template");
  fresh.innerHTML = found.html ?? "";
  const told = fresh.content.querySelector("[data-toast]");
  if (!told && found.led) return location.assign(found.led);
  if (!told || told.matches(".failed")) {
    shown.undo();
    const failed = told ?? document.getElementById("toast-failed").content.firstElementChild.cloneNode(true);
    return tell(failed, () => perform(body, button));
  }
  const back = act === "restore" ? away.get(title) : null;
  away.set(title, shown.cards);
  const item = back?.map((card) => card()).find((card) => card.isConnected);
  put(fresh.content);
  const form = told.querySelector("form");
  way = form && values(form, form.querySelector("button"));
  const inside = place.contains(document.activeElement);
  tell(told);
  if (item) focus(item.querySelector(".card-title a"));
  else if (inside && !form) focus(document.querySelector(`[data-part$=" ${CSS.escape(title)}"] .act`));
  document.dispatchEvent(new CustomEvent("matinee:acted", { detail: { title, act } }));
}

// One after the other, so that of two acts the later is the later for the server as well.
function perform(body, button) {
  const shown = foresee(body.get("title"), body.get("act"), button);
  const next = () => send(body, shown, button);
  queue = queue.then(next, next);
}

// Takes the latest act back, which may be under way.
export function undo() {
  queue = queue.then(() => way && perform(way));
}

function startStars() {
  let walking = false;
  const submit = (form) => form.isConnected && form.requestSubmit(form.querySelector(".rate-go"));
  const takeBack = (event, input) => {
    if (!input?.checked || !input.defaultChecked) return;
    event.preventDefault();
    input.form.querySelector(".take-back").click();
  };
  document.addEventListener("keydown", (event) => {
    if (!event.target.matches?.(".rate input")) return;
    walking = event.key.startsWith("Arrow");
    if (event.key === " ") takeBack(event, event.target);
  });
  document.addEventListener("click", (event) => takeBack(event, event.target.closest?.(".rate label")?.control));
  // Arrows pass over stars that nobody means to give.
  document.addEventListener("change", ({ target }) => {
    if (!target.matches(".rate input")) return;
    clearTimeout(settling);
    if (walking) settling = setTimeout(submit, SETTLES, target.form);
    else submit(target.form);
    walking = false;
  });
  document.addEventListener("focusout", ({ target, relatedTarget }) => {
    if (settling && target.form?.matches(".rate") && !target.form.contains(relatedTarget)) submit(target.form);
  });
}

export function startActs() {
  place = document.getElementById("toast");
  if (!place) return;
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.getAttribute("action") !== "/acts") return;
    event.preventDefault();
    if (form.matches(".rate")) settling = clearTimeout(settling);
    const button = event.submitter;
    perform(values(form, button), button?.matches(".act") ? button : null);
  });
  document.addEventListener("focusin", uncover);
  const form = place.querySelector("form");
  if (form) way = values(form, form.querySelector("button"));
  if (place.firstElementChild) rest();
  startStars();
}
