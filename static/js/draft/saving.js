// Before a form is sent: it would be lost on the way to the sign-in page, or without a connection.
import { show } from "./sign_in.js";

// A draft that cannot be kept is no reason against saving.
const MAY_SAVE = ["kept", "stale", "refused", "undecided"];

const check = async (keeper, submitter) => {
  if (keeper.isChecked) return;
  keeper.isChecked = true;
  const answer = await keeper.check();
  keeper.isChecked = false;
  if (answer.word === "offline") keeper.tell({ word: "unsaved" });
  show(answer.word, { focus: true });
  if (!MAY_SAVE.includes(answer.word)) return;
  keeper.isLeaving = true;
  keeper.form.requestSubmit(submitter);
};

export const checkBeforeSaving = (keepers) => {
  const onSubmit = (event) => {
    const keeper = keepers.get(event.target);
    if (!keeper || keeper.isLeaving) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    check(keeper, event.submitter);
  };
  document.addEventListener("submit", onSubmit, true);
  addEventListener("pageshow", () => {
    for (const keeper of keepers.values()) keeper.isLeaving = false;
  });
};
