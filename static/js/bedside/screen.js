// What the page shows, replaced by what the server says now. What was typed into other forms is put back: two acts never
// cost each other their entries.
import { fill, read } from "../draft/fields.js";
import { send } from "../draft/server.js";

const forms = () => [...document.querySelectorAll("main form[data-act]")];
const initial = new WeakMap();

const remember = () => {
  for (const form of forms()) initial.set(form, JSON.stringify(read(form)));
};

// The entries of the forms somebody has touched, without the one that is being sent, by the address of their act.
export const typedElsewhere = (sent) => {
  const touched = forms().filter((form) => form !== sent && initial.get(form) !== JSON.stringify(read(form)));
  return new Map(touched.map((form) => [form.action, read(form)]));
};

export const show = (page, typed) => {
  const fresh = new DOMParser().parseFromString(page, "text/html").querySelector("main");
  if (!fresh) return location.reload();
  const open = new Set([...document.querySelectorAll("main details[open] > summary")].map((each) => each.textContent));
  // The box for signing in again is listened to: the one that is there goes on.
  const signIn = document.querySelector("[data-sign-in-again]");
  if (signIn) fresh.querySelector("[data-sign-in-again]")?.replaceWith(signIn);
  document.querySelector("main").replaceWith(fresh);
  for (const summary of fresh.querySelectorAll("details > summary")) {
    if (open.has(summary.textContent)) summary.parentElement.open = true;
  }
  remember();
  for (const form of forms()) if (typed.has(form.action)) fill(form, typed.get(form.action));
  window.htmx?.process(fresh);
  (fresh.querySelector("[data-focus]") ?? fresh.querySelector(".reasons"))?.scrollIntoView({ block: "center" });
  fresh.querySelector("[data-focus]")?.focus();
};

export const refresh = async (typed) => {
  const answer = await send(location.pathname + location.search, {});
  if (!answer.ok) throw new Error(String(answer.status));
  show(await answer.text(), typed);
};

remember();
