// Forms with data-draft: what is typed is kept on the server before it is saved, so that a time-out, a crash or a dropped
// connection loses nothing. Nothing is stored in the browser.
import { Keeper } from "./draft/keeper.js";
import { offerOf } from "./draft/offer.js";
import { checkBeforeSaving } from "./draft/saving.js";
import { onSignedIn, signInPath } from "./draft/sign_in.js";
import { tellerOf } from "./draft/state.js";

const WAITING = ["offline", "signedOut", "elsewhere"];
const keepers = new Map();

for (const form of document.querySelectorAll("form[data-draft]")) {
  const head = form.querySelector("[data-draft-head]");
  const offer = offerOf(head, (use) => keeper.decide(use));
  const keeper = new Keeper(form, { head, offer, tell: tellerOf(form) });
  keepers.set(form, keeper);
  for (const kind of ["input", "change"]) form.addEventListener(kind, () => keeper.changed());
  keeper.look();
}

const those = (condition) => [...keepers.values()].filter(condition);
const flush = () => those((keeper) => keeper.isDirty && !keeper.isLeaving).map((keeper) => keeper.keep());
const retry = () => those((keeper) => WAITING.includes(keeper.word)).map((keeper) => keeper.keep());

// A fragment that was asked for by somebody who is signed out is the sign-in page: it has no place here.
const onFragment = (event) => {
  const { responseURL } = event.detail.xhr;
  if (!keepers.size || !responseURL || new URL(responseURL).pathname !== signInPath()) return;
  event.preventDefault();
  flush();
};

const warn = (event) => {
  const isUnkept = (keeper) => keeper.isDirty && !keeper.isLeaving && [...WAITING, "undecided"].includes(keeper.word);
  if (those(isUnkept).length) event.preventDefault();
};

checkBeforeSaving(keepers);
document.addEventListener("htmx:beforeSwap", onFragment);
document.addEventListener("visibilitychange", () => (document.hidden ? flush() : retry()));
addEventListener("pagehide", flush);
addEventListener("online", retry);
addEventListener("beforeunload", warn);
onSignedIn(async () => {
  await Promise.all(retry());
  for (const form of keepers.keys()) form.dispatchEvent(new Event("change", { bubbles: true }));
});
