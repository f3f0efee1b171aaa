// Picks and searches of /start swap its part of the page.
import { announce } from "./announce.js";

const area = document.getElementById("start");
const find = document.getElementById("start-find");
const down = document.getElementById("start-down");
const DEBOUNCE = 200;
let latest = 0;
let timer = 0;

async function swap(url, body) {
  const mine = ++latest;
  const kind = document.activeElement.className;
  const alike = () => [...area.querySelectorAll("button, .swap")].filter((one) => kind && one.className === kind);
  const at = alike().indexOf(document.activeElement);
  area.setAttribute("aria-busy", "true");
  const answer = await fetch(url, {
    method: body ? "POST" : "GET",
    body,
    headers: { "X-Matinee-Fragment": "start" },
  }).catch(() => null);
  const html = answer?.ok && (await answer.text().catch(() => ""));
  // A pick counts even if its answer comes too late.
  if (mine !== latest) return;
  area.removeAttribute("aria-busy");
  down.hidden = !!html;
  if (!html) return;
  area.innerHTML = html;
  history.replaceState(null, "", answer.url);
  if (at >= 0) (alike()[at] ?? alike().pop() ?? area.querySelector(".choice"))?.focus({ preventScroll: true });
  announce(area);
}

area.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  if (event.submitter.className === "choice") find.elements.q.value = "";
  swap(event.target.action, new URLSearchParams(new FormData(event.target, event.submitter)));
});
area.addEventListener("click", (event) => {
  const link = event.target.closest(".swap");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  find.elements.q.value = "";
  swap(link.href);
});

function look(event) {
  event.preventDefault();
  clearTimeout(timer);
  const address = new URL(location);
  address.searchParams.set("q", find.elements.q.value.trim());
  swap(address);
}
find.addEventListener("submit", look);
find.addEventListener("input", (event) => {
  clearTimeout(timer);
  timer = setTimeout(look, DEBOUNCE, event);
});
