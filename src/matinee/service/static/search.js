// Search as you type: count and grid are swapped together, as the server made them.
import { announce } from "./announce.js";
import { fetchResults } from "./fragment.js";

const DEBOUNCE = 120;
const SPINNER_AFTER = 200;

export function startSearch(form) {
  const results = document.getElementById("results");
  const field = form.elements.q;
  const defaults = new FormData(form);
  // What is not a default when the page comes is in its address, and must stay there.
  const given = new URLSearchParams(location.search);
  let debounce = 0;

  function address() {
    const values = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (name === "q" || given.has(name) || value !== defaults.get(name)) values.set(name, value);
    }
    return `/search?${values}`;
  }

  async function load(url, { keep = false } = {}) {
    clearTimeout(debounce);
    const spinner = setTimeout(() => form.classList.add("busy"), SPINNER_AFTER);
    results.setAttribute("aria-busy", "true");
    const shown = results.querySelectorAll(".card").length;
    const found = await fetchResults(url);
    clearTimeout(spinner);
    if (found === null) return;
    form.classList.remove("busy");
    results.removeAttribute("aria-busy");
    history.replaceState(null, "", url);
    document.title = `${field.value.trim().slice(0, 80) || field.placeholder} · Matinee`;
    if (found.html === null) {
      results.replaceChildren(document.getElementById("offline").content.cloneNode(true));
      results.querySelector("[data-retry]").addEventListener("click", () => load(url));
    } else {
      results.innerHTML = found.html;
      if (keep) results.querySelectorAll(".card a")[shown]?.focus();
    }
    announce(results);
  }

  function later() {
    clearTimeout(debounce);
    debounce = setTimeout(() => form.checkValidity() && load(address()), DEBOUNCE);
  }

  form.addEventListener("input", later);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    load(address());
  });
  results.addEventListener("click", (event) => {
    const more = event.target.closest("a[data-more]");
    if (!more || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    load(more.getAttribute("href"), { keep: true });
  });
}
