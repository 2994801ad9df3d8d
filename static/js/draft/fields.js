// What a form holds, as lists of texts by name: read, compared, put back. Passwords, files, signatures and whatever is
// marked data-no-draft are never read; nor are hidden fields, which the page fills by itself.
const LEFT_OUT = "[type=password], [type=file], [type=hidden], [data-no-draft], [data-no-draft] *, button, fieldset, output";

const controls = (form) => [...form.elements].filter((each) => each.name && !each.matches(LEFT_OUT));
const isChoice = (control) => ["checkbox", "radio"].includes(control.type);

const valuesOf = (control) => {
  if (isChoice(control)) return control.checked ? [control.value] : [];
  if (control.type === "select-multiple") return [...control.selectedOptions].map((option) => option.value);
  return [control.value];
};

export const read = (form) => {
  const typed = {};
  for (const control of controls(form)) (typed[control.name] ??= []).push(...valuesOf(control));
  return typed;
};

// A row that was taken away while typing is empty in what was typed.
const whole = (form, typed) => {
  const inRows = controls(form).filter((control) => control.closest("[data-row]"));
  return { ...Object.fromEntries(inRows.map((control) => [control.name, [""]])), ...typed };
};

// The part of what was typed that the form does not hold as it is now.
export const missing = (form, typed) => {
  const present = read(form);
  const differs = ([name, values]) => String(values) !== String(present[name] ?? "");
  return Object.entries(whole(form, typed)).filter(differs);
};

const put = (control, values) => {
  if (isChoice(control)) control.checked = values.includes(control.value);
  else if (control.type === "select-multiple") {
    for (const option of control.options) option.selected = values.includes(option.value);
  } else control.value = values.shift() ?? control.value;
};

// Answers with what found no place. Lists add the rows they lack (draft:fill), and whoever watches the form, as the live
// verdict does, hears of every change.
export const fill = (form, typed) => {
  const filled = Object.keys(typed).filter((name) => typed[name].some(Boolean));
  form.dispatchEvent(new CustomEvent("draft:fill", { detail: filled }));
  const rest = structuredClone(whole(form, typed));
  for (const control of controls(form)) {
    if (!rest[control.name]) continue;
    const before = String(valuesOf(control));
    put(control, rest[control.name]);
    if (String(valuesOf(control)) === before) continue;
    for (const kind of ["input", "change"]) control.dispatchEvent(new Event(kind, { bubbles: true }));
  }
  return missing(form, typed).filter(([, values]) => values.some(Boolean));
};
