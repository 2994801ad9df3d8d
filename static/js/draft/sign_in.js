// Signing in again on the page itself: without taking the focus from whoever is typing, and for the same person only.
import { send } from "./server.js";

const notice = document.querySelector("[data-sign-in-again]");
const form = notice?.querySelector("form");
const error = notice?.querySelector("[data-sign-in-error]");

export const show = (word, { focus = false } = {}) => {
  if (!notice) return;
  notice.hidden = !["signedOut", "elsewhere"].includes(word);
  form.hidden = word !== "signedOut";
  notice.querySelector("[data-elsewhere]").hidden = word !== "elsewhere";
  if (focus && word === "signedOut") form.elements.password.focus();
};

// The path of the sign-in page, which an answer that was redirected there carries.
export const signInPath = () => form && new URL(form.action).pathname;

const signIn = async () => {
  // Asked first: the answer brings the token, and tells whether another tab has signed in meanwhile.
  if ((await send(form.action, {})).type === "opaqueredirect") return "";
  const answer = await send(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
  if (answer.type === "opaqueredirect") return "";
  return answer.status === 429 ? "locked" : "wrong";
};

export const onSignedIn = (goOn) => {
  form?.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = await signIn().catch(() => "offline");
    error.textContent = problem && error.dataset[problem];
    form.elements.password.value = "";
    if (problem) return;
    notice.hidden = true;
    goOn();
  });
};
