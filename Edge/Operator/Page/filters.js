import { el } from "./elements.js";

/** A view's address with its filter. */
export const link = (view, filter) => `#/${view}?${new URLSearchParams(Object.entries(filter).filter(([, value]) => value))}`;

/** A form that leads to a view with what is filled in: choices among words, and texts. */
export function filterForm(view, asked, choices, texts) {
  const form = el("form", { className: "filter", role: "search", onsubmit: event => {
    event.preventDefault();
    location.hash = link(view, Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== "")));
  } },
    choices.map(({ name, label, words, none = "any" }) => el("label", label, el("select", { name }, el("option", { value: "" }, none), Object.entries(words).map(([value, text]) => el("option", { value, selected: value === asked[name] }, text))))),
    Object.entries(texts).map(([field, text]) => el("label", text, el("input", { name: field, value: asked[field] ?? "", autocomplete: "off", spellcheck: false }))),
    el("button", { className: "primary" }, "Find"));
  // On a small screen it is opened when it is wanted.
  return el("details", { open: innerWidth > 640 || Object.keys(asked).length > 0 }, el("summary", "Filter"), form);
}
