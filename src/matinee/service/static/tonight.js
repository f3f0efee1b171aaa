// A night as it is now: asked for every few seconds, and after each veto.
const PAUSE = 5_000;
const night = document.getElementById("night");
const down = document.getElementById("night-down");
const live = document.getElementById("night-live");
let shown = night.innerHTML.trim();
let latest = 0;

async function look(url = night.dataset.at, body) {
  const mine = (latest += 1);
  let answer = null;
  let html = "";
  try {
    answer = await fetch(url, {
      method: body ? "POST" : "GET",
      body,
      headers: { "X-Matinee-Fragment": "night" },
      signal: AbortSignal.timeout(3 * PAUSE),
    });
    html = (await answer.text()).trim();
  } catch {
    answer = null;
  }
  // What was asked before a veto must not show again what was vetoed.
  if (mine !== latest && !body) return;
  const status = answer?.status ?? 503;
  down.hidden = status < 500 && status !== 429;
  // It has ended, or one is not part of it any more: the page itself says so.
  if (down.hidden && !answer.ok) location.reload();
  if (!answer?.ok || html === shown) return;
  shown = html;
  const focused = night.contains(document.activeElement) && document.activeElement.id;
  night.innerHTML = html;
  if (focused) (document.getElementById(focused) ?? document.getElementById("list")).focus({ preventScroll: true });
  live.textContent = night.firstElementChild.dataset.announce;
}

night.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-veto]")) return;
  event.preventDefault();
  look(event.target.action, new URLSearchParams(new FormData(event.target)));
});

setInterval(() => document.hidden || look(), PAUSE);
document.addEventListener("visibilitychange", () => document.hidden || look());

const copy = document.getElementById("copy");
if (copy && navigator.clipboard) {
  copy.hidden = false;
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById("link").textContent);
    copy.textContent = live.textContent = copy.dataset.done;
  });
}
