// Search as you type: what was understood, count and grid are swapped together, as the server made them.
import { announce } from "./announce.js";
import { fetchResults } from "./fragment.js";

const DEBOUNCE = 120;
const SPINNER_AFTER = 200;

// What the form holds, without what is as it is anyway. Filters and changed conditions are fields of
// the form that lie in the results, so that they always belong to the answer that is shown.
function address(form) {
  const values = new URLSearchParams();
  for (const { name, value, type, checked, dataset } of form.elements) {
    // A switch may say something when it is off; without a script a plain field beside it does.
    const said = type === "checkbox" && !checked ? dataset.off : value;
    if (!name || said === undefined || said === dataset.default || "plain" in dataset) continue;
    values.append(name, said);
  }
  return `/search?${values}`;
}

// A link of the results may say what a field of the form shows.
function show(form, url) {
  const values = new URLSearchParams(url.split("?")[1]);
  for (const field of form.elements) {
    const value = values.get(field.name);
    if (field.type === "checkbox") field.checked = (value ?? field.dataset.default) === field.value;
    else if ("default" in field.dataset) field.value = value ?? field.dataset.default;
  }
}

// Swapping must lose neither what had been unfolded nor the place of the keyboard.
function remember(results) {
  const open = [...results.querySelectorAll("details[id][open]")].map((one) => one.id);
  const focused = results.contains(document.activeElement) ? document.activeElement : null;
  const chip = focused?.closest("[data-chip]")?.dataset.chip;
  const kind = focused?.classList[0];
  const facet = focused?.closest("details[id]")?.id;
  const name = focused?.name;
  const href = focused?.getAttribute("href");
  return () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (!focused) return;
    const field = name && results.querySelector(`[name="${name}"]:not([type="hidden"])`);
    if (field) return field.focus({ preventScroll: true });
    const same = [...results.querySelectorAll("[data-chip]")].find((one) => one.dataset.chip === chip);
    const link = same?.querySelector(kind ? `a.${kind}` : "a") ?? same?.querySelector("a");
    const card = href && results.querySelector(`.card-title a[href="${CSS.escape(href)}"]`);
    (link ?? (card || (facet && document.getElementById(facet)?.firstElementChild) || results)).focus({ preventScroll: true });
  };
}

function startFacets(results) {
  const opened = () => results.querySelector(".facets details[open]");
  document.addEventListener("click", (event) => {
    const one = opened();
    if (one && !one.contains(event.target)) one.open = false;
  });
  results.addEventListener("keydown", (event) => {
    const one = opened();
    if (event.key !== "Escape" || !one?.contains(event.target)) return;
    one.open = false;
    one.firstElementChild.focus();
  });
}

export function startSearch(form) {
  const results = document.getElementById("results");
  const field = form.elements.q;
  let debounce = 0;
  let searched = location.search;
  let answered = results.querySelector(".card") !== null;

  // Filters are fields that lie in the results; they are still asked for.
  function stand(instead) {
    results.replaceChildren(instead, ...results.querySelectorAll("input[type=hidden]"));
  }

  async function load(url, { more = false, push = false, body } = {}) {
    clearTimeout(debounce);
    const spinner = setTimeout(() => {
      form.classList.add("busy");
      if (!answered) stand(document.getElementById("skeleton").content.cloneNode(true));
    }, SPINNER_AFTER);
    results.setAttribute("aria-busy", "true");
    const shown = results.querySelectorAll(".card").length;
    const found = await fetchResults(url, body);
    clearTimeout(spinner);
    if (found === null) return;
    answered = true;
    form.classList.remove("busy");
    results.removeAttribute("aria-busy");
    document.title = `${field.value.trim().slice(0, 80) || field.placeholder} · Matinee`;
    if (found.html === null) {
      results.replaceChildren(document.getElementById("offline").content.cloneNode(true));
      results.querySelector("[data-retry]").addEventListener("click", () => load(url, { push, body }));
    } else {
      const restore = remember(results);
      results.innerHTML = found.html;
      if (more) results.querySelectorAll(".card-title a")[shown]?.focus();
      else restore();
    }
    // A picture that was refused leaves the address as it was.
    const shownAt = results.querySelector("[data-address]")?.dataset.address;
    const kept = shownAt ?? found.led ?? (body ? null : url);
    // Films that were found are chips now.
    if (shownAt) form.elements.films.value = "";
    if (kept) history[push ? "pushState" : "replaceState"](null, "", kept);
    searched = location.search;
    announce(results);
  }

  function later({ target }) {
    // Half a name is that of another film.
    if (target.name === "films") return;
    clearTimeout(debounce);
    debounce = setTimeout(() => form.checkValidity() && load(address(form)), DEBOUNCE);
  }

  form.addEventListener("input", later);
  form.addEventListener("change", ({ target }) => target.name === "films" && load(address(form)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    load(address(form));
  });
  results.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-more], a[data-swap]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const more = "more" in link.dataset;
    if (!more) show(form, link.getAttribute("href"));
    load(link.getAttribute("href"), { more, push: !more });
  });
  // The page as it was includes the form; the server knows how to draw both from the address.
  addEventListener("popstate", () => location.search !== searched && location.reload());
  startFacets(results);
  // What is out of sight now is to be gone from the count and the facets as well.
  document.addEventListener("matinee:acted", ({ detail: { act } }) => {
    const hiding = results.querySelector("[data-hide-seen]");
    if (location.search && (act === "hide" || act === "restore" || (act === "seen" && hiding))) load(`/search${location.search}`);
  });
  return {
    form,
    load,
    address: () => address(form),
    show(state) {
      clearTimeout(debounce);
      stand(state);
      announce(results);
    },
  };
}
