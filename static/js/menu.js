// Disclosure menus close on Escape and on a press elsewhere; without this they still open and close by themselves.
const menus = () => document.querySelectorAll("details[data-menu][open]");

document.addEventListener("click", (event) => {
  for (const menu of menus()) if (!menu.contains(event.target)) menu.open = false;
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// The navigation is a disclosure on a narrow screen and always open on a wide one.
const wide = matchMedia("(min-width: 64.01rem)");
const fit = () => {
  for (const nav of document.querySelectorAll("details[data-nav]")) nav.open = wide.matches;
};
wide.addEventListener("change", fit);
fit();
