// The map of titles on a canvas. Beside it, map-list.js keeps a list in step, which holds the same.
import { startList } from "./map-list.js";

const FAR = 65535;
const COLOURS = 12;
const NEAREST = 60; // times the whole map
const FINE = 2.4; // from this scale on regions have the names of their parts
const NAMES = 9; // and from this one on titles have theirs
const STRETCH = 1.35; // how much wider than high, or higher than wide, the map is drawn to fill its frame
const REACH = 14; // pixels from a dot at which it is meant
const FLIGHT = 650; // milliseconds

const frame = document.getElementById("frame");
const canvas = document.getElementById("map");
const pen = canvas.getContext("2d");
const card = document.getElementById("card");
const still = matchMedia("(prefers-reduced-motion: reduce)");
const view = { x: 0.5, y: 0.5, scale: 1 };
let size = { width: 0, height: 0, across: 1, down: 1, ratio: 1 };
let data = null;
let groups = [];
let colours = [];
let lit = new Set();
let rated = new Set();
let hot = -1;
let lasso = null;
let drawing = false;
let asked = 0;
let flight = 0;

const spot = (x, y) => [
  size.width / 2 + (x - view.x) * size.across * view.scale,
  size.height / 2 + (y - view.y) * size.down * view.scale,
];
const place = (i) => spot(data.x[i] / FAR, data.y[i] / FAR);

function redraw() {
  asked ||= requestAnimationFrame(draw);
}

function readColours() {
  const style = getComputedStyle(canvas);
  const get = (name) => style.getPropertyValue(`--${name}`).trim();
  colours = Array.from({ length: COLOURS + 1 }, (_, i) => get(`c${i}`));
  colours.text = get("text");
  colours.ground = get("ground");
  colours.gold = get("gold");
  colours.ring = get("ring");
  redraw();
}

function resize() {
  const ratio = devicePixelRatio || 1;
  const { clientWidth: width, clientHeight: height } = frame;
  const across = Math.min(width, height * STRETCH) * 0.94;
  size = { width, height, ratio, across, down: Math.min(height, width * STRETCH) * 0.94 };
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  draw();
}

function dots(list, grow) {
  const base = Math.max(0.8, Math.min(1.1 + Math.log2(view.scale) * 0.45, 4)) + grow;
  pen.beginPath();
  for (const i of list) {
    const [x, y] = place(i);
    if (x < -9 || y < -9 || x > size.width + 9 || y > size.height + 9) continue;
    const r = base * (0.7 + data.weight[i] * 0.09);
    if (r < 1.4) pen.rect(x - r, y - r, 2 * r, 2 * r);
    else {
      pen.moveTo(x + r, y);
      pen.arc(x, y, r, 0, 7);
    }
  }
  pen.fill();
}

// Names that would cover one another are left out, the less important ones.
function names() {
  const taken = [];
  const write = (text, x, y, font, faint) => {
    pen.font = font;
    const half = pen.measureText(text).width / 2 + 5;
    const high = parseInt(font.match(/(\d+)px/)[1], 10);
    if (x - half < 2 || x + half > size.width - 2 || y < high || y > size.height - 4) return;
    if (taken.some((t) => Math.abs(t.x - x) < t.half + half && Math.abs(t.y - y) < t.high / 2 + high / 2 + 4)) return;
    taken.push({ x, y, half, high });
    pen.lineWidth = 4;
    pen.strokeStyle = colours.ground;
    pen.strokeText(text, x, y);
    pen.globalAlpha = faint;
    pen.fillStyle = colours.text;
    pen.fillText(text, x, y);
    pen.globalAlpha = 1;
  };
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  const level = view.scale < FINE ? 0 : 1;
  const phone = size.width < 560;
  const regions = data.regions.filter((one) => one.level === level).sort((a, b) => b.size - a.size);
  for (const one of regions) {
    write(one.label, ...spot(one.x, one.y), `${level ? 600 : 700} ${phone ? 12 : 15}px system-ui, sans-serif`, 1);
  }
  if (view.scale < NAMES) return;
  for (let i = 0; i < data.id.length && taken.length < 60; i += 1) {
    const [x, y] = place(i);
    if (x > 0 && y > 0 && x < size.width && y < size.height) write(data.title[i].slice(0, 40), x, y + 14, "12px system-ui, sans-serif", 0.85);
  }
}

function ring(i, radius, colour, width) {
  const [x, y] = place(i);
  pen.beginPath();
  pen.arc(x, y, radius, 0, 7);
  pen.lineWidth = width;
  pen.strokeStyle = colour;
  pen.stroke();
}

function draw() {
  asked = 0;
  pen.setTransform(size.ratio, 0, 0, size.ratio, 0, 0);
  pen.clearRect(0, 0, size.width, size.height);
  if (!data) return;
  pen.globalAlpha = lit.size ? 0.25 : 0.8;
  groups.forEach((list, group) => {
    pen.fillStyle = colours[group];
    dots(list, 0);
  });
  pen.globalAlpha = 1;
  if (lit.size) {
    pen.fillStyle = colours.gold;
    dots(lit, 2);
  }
  for (const i of rated) ring(i, 5, colours.gold, 1.5);
  names();
  if (hot >= 0) ring(hot, 9, colours.ring, 3);
  if (lasso) {
    pen.beginPath();
    for (const [x, y] of lasso) pen.lineTo(x, y);
    pen.closePath();
    pen.globalAlpha = 0.15;
    pen.fillStyle = colours.gold;
    pen.fill();
    pen.globalAlpha = 1;
    pen.lineWidth = 2;
    pen.strokeStyle = colours.gold;
    pen.stroke();
  }
}

function bound() {
  view.scale = Math.min(NEAREST, Math.max(1, view.scale));
  view.x = Math.min(1, Math.max(0, view.x));
  view.y = Math.min(1, Math.max(0, view.y));
  redraw();
}

function fly(x, y, scale) {
  cancelAnimationFrame(flight);
  const from = { ...view };
  const to = { x, y, scale: Math.min(NEAREST, Math.max(1, scale)) };
  if (still.matches) {
    Object.assign(view, to);
    return bound();
  }
  let began = 0;
  const step = (now) => {
    began ||= now;
    const t = Math.min(1, (now - began) / FLIGHT);
    const ease = t * t * (3 - 2 * t);
    view.scale = from.scale * (to.scale / from.scale) ** ease;
    view.x = from.x + (to.x - from.x) * ease;
    view.y = from.y + (to.y - from.y) * ease;
    bound();
    if (t < 1) flight = requestAnimationFrame(step);
  };
  flight = requestAnimationFrame(step);
}

// To where most of them are: one far away must not make the rest too small to see.
function flyTo(list) {
  if (!list.length) return;
  const range = (column) => {
    const sorted = list.map((i) => column[i] / FAR).sort((a, b) => a - b);
    const cut = Math.floor(sorted.length * 0.1);
    return [sorted[cut], sorted[sorted.length - 1 - cut]];
  };
  const [left, right] = range(data.x);
  const [top, bottom] = range(data.y);
  fly((left + right) / 2, (top + bottom) / 2, Math.min(14, 0.7 / Math.max(right - left, bottom - top, 0.01)));
}

function zoom(factor, x = size.width / 2, y = size.height / 2) {
  cancelAnimationFrame(flight);
  const before = view.scale;
  view.scale = Math.min(NEAREST, Math.max(1, before * factor));
  const gain = 1 / before - 1 / view.scale;
  view.x += ((x - size.width / 2) * gain) / size.across;
  view.y += ((y - size.height / 2) * gain) / size.down;
  bound();
}

function titleAt(x, y) {
  let best = -1;
  let least = REACH ** 2;
  for (let i = 0; i < data.id.length; i += 1) {
    const [a, b] = place(i);
    const d = (a - x) ** 2 + (b - y) ** 2;
    if (d < least) [best, least] = [i, d];
  }
  return best;
}

function show(i) {
  if (i === hot) return;
  hot = i;
  canvas.classList.toggle("on-title", i >= 0);
  card.hidden = i < 0;
  if (i >= 0) {
    const address = data.id[i].split(":").map(encodeURIComponent).join(":");
    const link = card.querySelector("a");
    card.querySelector("img").src = `/poster/${address}.svg`;
    link.href = `/title/${address}`;
    link.textContent = data.title[i];
    card.querySelector("small").textContent = [data.year[i] || "", data.genres[data.genre[i]] ?? ""].filter(Boolean).join(" · ");
  }
  redraw();
}

function inside(i) {
  const [x, y] = place(i);
  let odd = false;
  for (let a = 0, b = lasso.length - 1; a < lasso.length; b = a, a += 1) {
    const [xa, ya] = lasso[a];
    const [xb, yb] = lasso[b];
    if (ya > y !== yb > y && x < ((xb - xa) * (y - ya)) / (yb - ya) + xa) odd = !odd;
  }
  return odd;
}

function draws(on) {
  drawing = on;
  canvas.classList.toggle("drawing", on);
  frame.querySelector("[data-do=lasso]").setAttribute("aria-pressed", on);
}

function startPointers(list) {
  const held = new Map();
  let moved = 0;
  const at = (event) => [event.offsetX, event.offsetY];
  canvas.addEventListener("pointerdown", (event) => {
    cancelAnimationFrame(flight);
    canvas.setPointerCapture(event.pointerId);
    held.set(event.pointerId, at(event));
    moved = 0;
    lasso = held.size === 1 && (drawing || event.shiftKey) ? [at(event)] : null;
  });
  canvas.addEventListener("pointermove", (event) => {
    const [x, y] = at(event);
    const last = held.get(event.pointerId);
    if (!last) {
      if (event.pointerType === "mouse") show(titleAt(x, y));
      return;
    }
    moved += Math.abs(x - last[0]) + Math.abs(y - last[1]);
    if (lasso) {
      lasso.push([x, y]);
      return redraw();
    }
    const other = [...held].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const apart = (p) => Math.hypot(p[0] - other[0], p[1] - other[1]);
      zoom(apart([x, y]) / Math.max(apart(last), 1), (x + other[0]) / 2, (y + other[1]) / 2);
    }
    const shift = (other ? 0.5 : 1) / view.scale;
    view.x -= ((x - last[0]) * shift) / size.across;
    view.y -= ((y - last[1]) * shift) / size.down;
    held.set(event.pointerId, [x, y]);
    bound();
  });
  const release = (event) => {
    held.delete(event.pointerId);
    if (lasso) {
      const chosen = event.type === "pointerup" && lasso.length > 2 ? data.id.flatMap((_, i) => (inside(i) ? [i] : [])) : null;
      lasso = null;
      draws(false);
      if (chosen) list.choose(chosen);
      redraw();
    } else if (moved < 6 && event.type === "pointerup") show(titleAt(...at(event)));
  };
  canvas.addEventListener("pointerup", release);
  canvas.addEventListener("pointercancel", release);
  canvas.addEventListener(
    "wheel",
    (event) => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0015)), ...at(event));
    },
    { passive: false },
  );
}

function startKeys() {
  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  const deeds = { in: () => zoom(1.6), out: () => zoom(1 / 1.6), whole: () => fly(0.5, 0.5, 1), lasso: () => draws(!drawing) };
  const keys = { "+": "in", "=": "in", "-": "out", 0: "whole" };
  canvas.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = steps[event.key];
    if (step) {
      const by = 0.12 / view.scale;
      view.x += step[0] * by;
      view.y += step[1] * by;
      bound();
    } else if (event.key === "Escape") {
      lasso = null;
      draws(false);
      show(-1);
    } else if (keys[event.key]) deeds[keys[event.key]]();
    else return;
    event.preventDefault();
  });
  frame.querySelector(".map-tools").addEventListener("click", (event) => deeds[event.target.closest("button")?.dataset.do]?.());
}

function key(words) {
  const shown = data.genres.slice(0, COLOURS).map((name, i) => [name, i]);
  if (groups[COLOURS].length) shown.push([words.other, COLOURS]);
  document.getElementById("key").replaceChildren(
    ...shown.map(([name, i]) => Object.assign(document.createElement("li"), { className: `k${i}`, textContent: name })),
  );
}

async function start() {
  const list = startList({
    light(chosen) {
      lit = new Set(chosen);
      redraw();
    },
    point: (i) => show(i),
    flyTo,
    region(number) {
      const one = data?.regions.find((each) => each.number === number);
      if (one) fly(one.x, one.y, one.level ? 6 : 2.5);
      else fly(0.5, 0.5, 1);
    },
  });
  let answer = null;
  try {
    answer = await fetch("/v1/map");
  } catch {
    answer = null;
  }
  if (!answer?.ok) return list.fault();
  data = await answer.json();
  groups = Array.from({ length: COLOURS + 1 }, () => []);
  // The best known are drawn last, on top.
  for (let i = data.id.length - 1; i >= 0; i -= 1) {
    const genre = data.genre[i];
    groups[genre < 0 || genre >= COLOURS ? COLOURS : genre].push(i);
  }
  list.know(data);
  key(list.words);
  readColours();
  matchMedia("(prefers-color-scheme: light)").addEventListener("change", readColours);
  new ResizeObserver(resize).observe(frame);
  resize();
  startPointers(list);
  startKeys();
  canvas.dataset.ready = "";
  rated = await list.rated();
  canvas.dataset.rated = rated.size;
  redraw();
}

start();
