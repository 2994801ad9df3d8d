// What was typed before, offered; and what of it has no place in the form any more, shown.
export const offerOf = (head, decide) => {
  const section = head.querySelector("[data-draft-offer]");
  const rest = head.querySelector("[data-draft-left-over]");
  const words = section.querySelector("[data-words]");
  section.querySelector("[data-draft-use]").addEventListener("click", () => decide(true));
  section.querySelector("[data-draft-discard]").addEventListener("click", () => decide(false));
  return {
    show(draft, { hasChanged }) {
      words.textContent = words.dataset.words.replace("{at}", draft.at);
      section.querySelector("[data-draft-changed]").hidden = !hasChanged;
      section.hidden = false;
    },
    hide() {
      section.hidden = true;
    },
    leftOver(entries) {
      rest.hidden = !entries.length;
      const lines = entries.map(([name, values]) => {
        const line = document.createElement("li");
        line.textContent = `${name}: ${values.join(", ")}`;
        return line;
      });
      const list = document.createElement("ul");
      list.append(...lines);
      rest.querySelector("ul")?.remove();
      rest.append(list);
    },
  };
};
