// Swaps the rows of the home page in place when the slider or the switch is moved.
import { announce } from "./announce.js";
import { fetchPart } from "./fragment.js";

const PATIENCE = 200;
const form = document.getElementById("look");
const rows = document.getElementById("rows");
const hide = form.querySelector("[role=switch]");
let latest = 0;
let before = Promise.resolve();

async function swap(body, mine) {
  if (mine !== latest) return;
  const timer = setTimeout(() => form.classList.add("busy"), PATIENCE);
  const part = await fetchPart("/look", "rows", body);
  clearTimeout(timer);
  form.classList.remove("busy");
  if (mine !== latest) return;
  document.getElementById("lost").hidden = part.html !== null;
  if (part.html === null) return;
  rows.innerHTML = part.html;
  announce(rows);
  if (!hide) return;
  const hides = body.get("seen") === "hide";
  hide.setAttribute("aria-checked", hides);
  hide.value = hides ? "show" : "hide";
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  const stays = hide?.value === "show" ? "hide" : "show";
  if (hide) body.set("seen", event.submitter === hide ? hide.value : stays);
  const mine = ++latest;
  // One after the other: what the browser keeps is what was chosen last.
  before = before.then(() => swap(body, mine));
});
form.elements.explore?.addEventListener("change", () => form.requestSubmit());
