const find = id => document.getElementById(id);

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
