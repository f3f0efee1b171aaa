// Keeps the list of jobs as it is: told of every step by the server, else by asking again and again.
const AGAIN = 2000;
const PATIENCE = 15_000;
const list = document.getElementById("jobs-list");
const lost = document.getElementById("jobs-lost");
const live = document.getElementById("jobs-live");
let source = null;
let deaf = typeof EventSource === "undefined";
let timer = 0;
let asking = false;
let asked = false;

const told = () => list.firstElementChild?.dataset ?? {};

function swap(html) {
  const focused = list.contains(document.activeElement) ? document.activeElement.id : "";
  const before = told().said;
  list.innerHTML = html;
  if (focused) (document.getElementById(focused) ?? document.getElementById("main")).focus({ preventScroll: true });
  if (told().said !== before) live.textContent = told().said ?? "";
}

async function look() {
  if (asking) {
    asked = true;
    return;
  }
  asking = true;
  asked = false;
  clearTimeout(timer);
  let html = null;
  try {
    const answer = await fetch("/admin/jobs", {
      headers: { "X-Matinee-Fragment": "jobs" },
      signal: AbortSignal.timeout(PATIENCE),
    });
    // Sent elsewhere means signed out; the whole page then says what to do.
    if (answer.redirected) location.reload();
    else if (answer.ok) html = await answer.text();
  } catch {
    // Said below, and asked again.
  }
  asking = false;
  lost.hidden = html !== null;
  if (html !== null) swap(html);
  if (asked) look();
  else follow(html === null);
}

function follow(failed) {
  const url = told().follow;
  if (source && (deaf || !url || !source.url.endsWith(url))) {
    source.close();
    source = null;
  }
  if (url && !deaf && !source) {
    source = new EventSource(url);
    source.addEventListener("progress", look);
    source.addEventListener("end", look);
    source.addEventListener("error", () => {
      deaf = source?.readyState === EventSource.CLOSED;
      look();
    });
  }
  if (failed || (url && deaf)) timer = setTimeout(look, AGAIN);
}

follow(false);
