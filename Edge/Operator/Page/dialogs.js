import { el } from "./elements.js";

const find = id => document.getElementById(id);

document.body.append(el("dialog", { id: "confirm", "aria-labelledby": "confirm-title" }, el("form", { method: "dialog" },
  el("h2", { id: "confirm-title" }),
  el("p", { id: "confirm-text" }),
  el("label", { id: "confirm-field" }, el("span", { id: "confirm-label" }), " ", el("input", { id: "confirm-value", maxLength: 1024 })),
  el("progress", { id: "confirm-progress", "aria-label": "Progress", hidden: true }),
  el("p", { className: "buttons" },
    el("button", { type: "button", id: "confirm-no" }, "Cancel"),
    el("button", { type: "button", id: "confirm-yes", className: "primary" })))));

/**
 * A dialog that asks for a key.
 * @param settings those that have such keys
 * @param given gets the key
 * @returns what opens it
 */
export function keyDialog(title, settings, given) {
  const key = el("input", { id: "key", type: "password", autocomplete: "off", required: true });
  const dialog = el("dialog", { id: "login", "aria-labelledby": "login-title" }, el("form", { method: "dialog" },
    el("h2", { id: "login-title" }, title),
    el("p", "One of ", settings.map((setting, i) => [i > 0 ? " or " : "", el("code", setting)]), ". This tab keeps it until you close it."),
    el("label", "Key ", key),
    el("p", { className: "buttons" }, el("button", { value: "ok", className: "primary" }, "Continue"))));
  dialog.addEventListener("close", () => {
    const value = key.value;
    key.value = "";
    given(value);
  });
  document.body.append(dialog);
  return () => { if (!dialog.open) dialog.showModal(); };
}

/** Asks before anything is changed; null if it is not to be done, else what was written in the field. */
export function ask(title, label, yes, needsValue, text = "") {
  const dialog = find("confirm");
  find("confirm-title").textContent = title;
  find("confirm-text").textContent = text;
  find("confirm-label").textContent = label;
  find("confirm-field").hidden = !needsValue;
  find("confirm-value").value = "";
  find("confirm-progress").hidden = true;
  find("confirm-yes").textContent = yes;
  find("confirm-yes").disabled = false;
  find("confirm-no").textContent = "Cancel";
  dialog.showModal();
  return new Promise(resolve => {
    find("confirm-yes").onclick = () => {
      if (needsValue && find("confirm-value").value.trim() === "") return find("confirm-value").focus();
      close(find("confirm-value").value);
    };
    find("confirm-no").onclick = () => close(null);
    find("confirm-value").onkeydown = event => { if (event.key === "Enter") { event.preventDefault(); find("confirm-yes").click(); } };
    dialog.oncancel = () => close(null);
    const close = value => { dialog.close(); resolve(value); };
  });
}

/** What is asked for with an order; it may have to be asked of the server. */
export const labelOf = async order => typeof order.label === "function" ? await order.label() : order.label ?? "";
