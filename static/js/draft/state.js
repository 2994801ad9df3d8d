// What is said beside the button that saves, quietly: the same text is not said twice.
import { show } from "./sign_in.js";

export const tellerOf = (form) => {
  const belongs = (state) => form.contains(state) || state.dataset.draftState === form.id;
  const state = [...document.querySelectorAll("[data-draft-state]")].find(belongs);
  return ({ word, time = "", message = "" }) => {
    const text = (state.dataset[word] ?? message).replace("{time}", time);
    const isSaid = state.textContent === text || (word === "kept" && !time);
    if (!isSaid) state.textContent = text;
    show(word);
  };
};
