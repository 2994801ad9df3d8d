// Lists of rows in a form: without this there is always one empty row; with it rows are added and taken away.
const INDEX = /__(\d{1,2})__/;
const REFERENCES = ["id", "name", "for", "aria-describedby", "aria-labelledby", "list"];

const rowsOf = (list) => [...list.querySelectorAll("[data-row]")];
const controls = (row) => [...row.querySelectorAll("input, select")];
const placeOf = (row) => Number(INDEX.exec(controls(row)[0].name)[1]);
const tell = (list) => list.closest("form").dispatchEvent(new Event("change", { bubbles: true }));

const number = (list) => {
  for (const [index, row] of rowsOf(list).entries()) row.setAttribute("aria-label", `${row.dataset.row} ${index + 1}`);
};

const empty = (row) => {
  for (const control of controls(row)) control.value = "";
  for (const error of row.querySelectorAll(".field__error")) error.remove();
  for (const field of row.querySelectorAll(".field--wrong")) field.classList.remove("field--wrong");
};

const add = (list) => {
  const last = rowsOf(list).at(-1);
  const place = Math.max(...rowsOf(list).map(placeOf)) + 1;
  if (place > 99) return last;
  const row = last.cloneNode(true);
  for (const element of row.querySelectorAll("*")) {
    for (const name of REFERENCES) {
      const text = element.getAttribute(name);
      if (text) element.setAttribute(name, text.replace(/__\d{1,2}__/g, `__${place}__`));
    }
  }
  empty(row);
  last.after(row);
  number(list);
  return row;
};

const remove = (list, row) => {
  const next = row.nextElementSibling?.matches("[data-row]") ? row.nextElementSibling : row.previousElementSibling;
  if (rowsOf(list).length === 1) empty(row);
  else row.remove();
  number(list);
  controls(next?.matches("[data-row]") ? next : rowsOf(list)[0])[0].focus();
  tell(list);
};

for (const list of document.querySelectorAll("[data-rows]")) {
  for (const button of list.querySelectorAll("[data-row-add], [data-row-remove]")) button.hidden = false;
  list.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.matches("[data-row-add]")) controls(add(list))[0].focus();
    if (button?.matches("[data-row-remove]")) remove(list, button.closest("[data-row]"));
  });
  // What is put back into the form may have had more rows.
  list.closest("form").addEventListener("draft:fill", (event) => {
    const asked = event.detail.filter((name) => INDEX.test(name) && name.startsWith(controls(list)[0].name.split("__")[0]));
    const most = Math.max(-1, ...asked.map((name) => Number(INDEX.exec(name)[1])));
    while (Math.max(...rowsOf(list).map(placeOf)) < Math.min(most, 99)) add(list);
  });
}
