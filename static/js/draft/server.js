// Where drafts are kept. Every question is answered with a word (kept, signedOut, elsewhere, stale, offline, refused);
// nothing is thrown.
const PATIENCE_MS = 15000;
// Of a request that outlives its page a browser sends 64 KiB in all.
const OUTLIVES = 60000;
const WORDS = { stale: "stale", "DRF-ELSEWHERE": "elsewhere" };

const token = () => document.cookie.match(/(?:^|; )csrftoken=([^;]+)/)?.[1] ?? "";
let known = token();

// Signing in, in this tab or another, changes the token: the forms of this page are sent with the new one.
const renewToken = () => {
  if (token() === known) return;
  known = token();
  for (const field of document.querySelectorAll("[name=csrfmiddlewaretoken]")) field.value = known;
  document.body.setAttribute("hx-headers", JSON.stringify({ "x-csrftoken": known }));
};

export const send = (address, options) => {
  const headers = { "X-CSRFToken": token(), ...options.headers };
  // A redirect is the way to the sign-in page, and is not followed.
  return fetch(address, { redirect: "manual", signal: AbortSignal.timeout(PATIENCE_MS), ...options, headers });
};

const understood = async (answer) => {
  if (answer.type === "opaqueredirect") return { word: "signedOut" };
  if (answer.status >= 500) return { word: "offline" };
  const told = await answer.json().catch(() => null);
  if (told === null) return { word: answer.status === 403 ? "signedOut" : "offline" };
  renewToken();
  return answer.ok ? { word: "kept", ...told } : { word: WORDS[told.code] ?? "refused", message: told.message };
};

export const ask = async (head, method, { body, version = "" } = {}) => {
  const { url, place, person, study } = head.dataset;
  const text = body && JSON.stringify(body);
  const options = { method, body: text, headers: { "Content-Type": "application/json" } };
  try {
    const keepalive = method === "PUT" && new Blob([text]).size < OUTLIVES;
    const address = `${url}?${new URLSearchParams({ place, person, study, version })}`;
    return await understood(await send(address, { ...options, keepalive }));
  } catch {
    return { word: "offline" };
  }
};
