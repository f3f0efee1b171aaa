// Fetches parts of pages, as the server makes them.
const PATIENCE = 15_000;
const UPLOAD = 60_000;
const current = new Map();

// Resolves with the part, null where none came, and where the request was led to, if elsewhere. Of
// the questions of one kind only the latest has a value.
async function ask(url, part, body, kind, patience) {
  const mine = new AbortController();
  current.get(kind)?.abort();
  if (kind) current.set(kind, mine);
  const counts = () => !kind || current.get(kind) === mine;
  const timer = setTimeout(() => mine.abort("late"), patience);
  try {
    const answer = await fetch(url, {
      method: body ? "POST" : "GET",
      body,
      headers: { "X-Matinee-Fragment": part },
      signal: mine.signal,
    });
    // The server also says in HTML why it cannot answer; anything else came from somebody else.
    const html = answer.headers.get("content-type")?.startsWith("text/html")
      ? await answer.text()
      : null;
    return counts() ? { html, led: answer.redirected ? answer.url : null } : null;
  } catch {
    return counts() ? { html: null, led: null } : null;
  } finally {
    clearTimeout(timer);
  }
}

export function fetchResults(url, body) {
  return ask(url, "results", body, "results", body ? UPLOAD : PATIENCE);
}

// What has a body changes something: it is never given up for a later one.
export function fetchPart(url, part, body) {
  return ask(url, part, body, body ? "" : part, PATIENCE);
}
