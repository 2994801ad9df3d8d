// The page at the bedside. Forms with data-act are sent by the page itself: without a connection they wait in its memory,
// in order, and are sent once when it returns. The page then shows what is, and what was typed into other forms stays.
import { Queue } from "./bedside/queue.js";
import { refresh, show, typedElsewhere } from "./bedside/screen.js";
import { onSignedIn, show as askToSignIn } from "./draft/sign_in.js";

const WAITING = ["offline", "signedOut"];

const tell = (act, word) => {
  const state = act.form.querySelector("[data-act-state]");
  state.textContent = state.dataset[word] ?? "";
  act.form.classList.toggle("act--waiting", WAITING.includes(word));
  askToSignIn(word);
};

// A refusal is a page that says why. What waits behind it waits on: each act is judged for itself.
const answered = async (act, page) => {
  act.form.removeAttribute("data-sent");
  const typed = typedElsewhere(act.form);
  if (page) show(page, typed);
  else if (!queue.size) await refresh(typed).catch(() => location.reload());
};

const queue = new Queue({ tell, answered });

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("form[data-act]")) return;
  event.preventDefault();
  if (form.dataset.sent) return;
  form.dataset.sent = "yes";
  queue.add(form);
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-look-again]")) return;
  event.preventDefault();
  refresh(typedElsewhere(null)).catch(() => location.reload());
});

addEventListener("online", () => queue.flush());
addEventListener("beforeunload", (event) => {
  if (queue.size) event.preventDefault();
});
onSignedIn(() => queue.flush());
