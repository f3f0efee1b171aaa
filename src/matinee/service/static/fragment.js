// Fetches the results part of a search page. Only the latest request ever resolves with a value.
const PATIENCE = 15_000;
const UPLOAD = 60_000;
let current = null;

export async function fetchResults(url, body) {
  current?.abort();
  const mine = new AbortController();
  current = mine;
  const timer = setTimeout(() => mine.abort("late"), body ? UPLOAD : PATIENCE);
  try {
    const answer = await fetch(url, {
      method: body ? "POST" : "GET",
      body,
      headers: { "X-Matinee-Fragment": "results" },
      signal: mine.signal,
    });
    // The server also says in HTML why it cannot search; anything else came from somebody else.
    const html = answer.headers.get("content-type")?.startsWith("text/html")
      ? await answer.text()
      : null;
    return current === mine ? { html, led: answer.redirected ? answer.url : null } : null;
  } catch (error) {
    if (current !== mine) return null;
    return { html: null };
  } finally {
    clearTimeout(timer);
  }
}
