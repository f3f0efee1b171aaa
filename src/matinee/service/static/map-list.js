// The list beside the map. Regions come from the server, what was found or chosen from the map; both
// light up on it, and what has the keyboard in the list is pointed at.
const LISTED = 200;
const FOUND = 40;
const PAGES = 20;

export function startList(map) {
  const box = document.getElementById("list");
  const live = document.getElementById("map-live");
  const form = document.getElementById("fly");
  const words = box.dataset;
  const row = new Map();
  let data = null;
  let turn = 0;

  const make = (tag, given = {}, ...inside) => {
    const made = Object.assign(document.createElement(tag), given);
    made.append(...inside);
    return made;
  };
  const say = (text) => {
    live.textContent = text;
  };
  const count = (n) => (n ? (n === 1 ? words.one : words.titles).replace("{n}", n.toLocaleString(document.documentElement.lang)) : words.none);

  function fill(title, rows) {
    turn += 1;
    const all = make("a", { href: "/map#list", textContent: words.whole });
    all.dataset.all = "";
    const items = rows.slice(0, LISTED).map((i) => {
      const address = data.id[i].split(":").map(encodeURIComponent).join(":");
      const link = make("a", { href: `/title/${address}`, textContent: data.title[i], dir: "auto" });
      link.dataset.id = data.id[i];
      return make("li", {}, link, " ", make("small", { textContent: data.year[i] || "" }));
    });
    const more = rows.length > LISTED ? [make("p", { textContent: words.more })] : [];
    box.replaceChildren(
      make("nav", { className: "trail" }, all),
      make("h2", { id: "list-title", textContent: title }),
      make("p", { textContent: count(rows.length) }),
      make("ol", { className: "films" }, ...items),
      ...more,
    );
    map.light(rows);
    say(`${title}: ${count(rows.length)}`);
  }

  // A region is listed by the server, as it is without a script.
  async function load(link) {
    turn += 1;
    const mine = turn;
    let html = null;
    try {
      const answer = await fetch(link.href, { headers: { accept: "text/html" } });
      html = answer.ok ? await answer.text() : null;
    } catch {
      html = null;
    }
    if (mine !== turn) return;
    const list = html && new DOMParser().parseFromString(html, "text/html").getElementById("list");
    if (!list) return location.assign(link.href);
    box.replaceChildren(...list.childNodes);
    box.scrollTop = 0;
    box.focus({ preventScroll: true });
    history.replaceState(null, "", link.href);
    say(document.getElementById("list-title").textContent);
  }

  box.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-region], a[data-all], a[data-turn]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    map.light([]);
    if (!("turn" in link.dataset)) map.region(Number(link.dataset.region ?? -1));
    load(link);
  });
  const point = (event) => {
    const i = row.get(event.target.closest?.("a[data-id]")?.dataset.id);
    if (i !== undefined) map.point(i);
  };
  box.addEventListener("focusin", point);
  box.addEventListener("pointerover", point);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = form.elements.q.value.trim();
    if (!text || !data) return;
    turn += 1;
    const mine = turn;
    let found = null;
    try {
      const answer = await fetch(`/v1/search?${new URLSearchParams({ q: text, k: FOUND, fields: "id" })}`);
      found = answer.ok ? (await answer.json()).results : null;
    } catch {
      found = null;
    }
    if (mine !== turn) return;
    if (!found) return location.assign(`/search?${new URLSearchParams({ q: text })}`);
    const rows = found.flatMap((one) => row.get(one.id) ?? []);
    fill(`${words.found}: ${text}`, rows);
    map.flyTo(rows);
    if (rows.length) map.point(rows[0]);
  });

  return {
    words,
    know(told) {
      data = told;
      told.id.forEach((id, i) => row.set(id, i));
    },
    choose: (rows) => fill(words.chosen, rows),
    fault: () => say(words.fault),
    async rated() {
      const rows = new Set();
      let next = "";
      for (let page = 0; page < PAGES && next !== null; page += 1) {
        const asked = new URLSearchParams({ limit: 1000, fields: "id", ...(next && { cursor: next }) });
        const answer = await fetch(`/v1/people/me/ratings?${asked}`).catch(() => null);
        if (!answer?.ok) break;
        const told = await answer.json();
        for (const one of told.results) if (row.has(one.id)) rows.add(row.get(one.id));
        next = told.next;
      }
      return rows;
    },
  };
}
