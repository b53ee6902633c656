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

/** An order on all that match: how many first, then with progress, until it is done or cancelled. */
export async function orderDialog(api, action, order, filter, say) {
  const probe = { action, filter, ...(order.field ? { [order.field]: order.field === "at" ? "2100-01-01T00:00:00Z" : "counting" } : {}) };
  const count = await pages(api, { ...probe, dryRun: true }, () => true, counted => say(`Counting: ${counted.toLocaleString()}…`));
  say("");
  if (count.done === 0)
    return say(count.delivering ? `Nothing to do: ${count.delivering.toLocaleString()} match and are being delivered.` : "Nothing to do: no message that matches can be changed so.");
  const busy = count.delivering ? ` ${count.delivering.toLocaleString()} more are being delivered and are left alone.` : "";
  const whom = Object.entries(filter).map(([name, value]) => `${name} ${value}`).join(", ") || "no filter: every message";
  const value = await ask(`${order.title}: ${count.done.toLocaleString()} messages`, order.label ?? "", `${order.title} ${count.done.toLocaleString()}`, !!order.field, `${whom}.${busy}`);
  if (value === null) return;

  const dialog = find("confirm");
  const progress = find("confirm-progress");
  let going = true;
  find("confirm-yes").disabled = true;
  find("confirm-field").hidden = true;
  progress.hidden = false;
  progress.max = count.done;
  progress.value = 0;
  find("confirm-no").onclick = dialog.oncancel = event => { event.preventDefault(); going = false; };
  dialog.showModal();
  try {
    const body = { action, filter, all: Object.keys(filter).length === 0, dryRun: false, ...(order.field ? { [order.field]: value } : {}) };
    const result = await pages(api, body, () => going, done => { progress.value = done; });
    say(`${result.done.toLocaleString()} messages ${order.done}${going ? "" : "; cancelled"}.`
      + (result.failed ? ` ${result.failed.toLocaleString()} could not be: ${result.problem}` : ""));
  } finally {
    dialog.close();
  }
}

async function pages(api, body, goesOn, report) {
  const sum = { done: 0, delivering: 0, failed: 0, problem: "" };
  let cursor;
  do {
    const page = await api.post("actions", { ...body, ...(cursor ? { cursor } : {}) });
    sum.done += page.done;
    sum.delivering += page.delivering;
    sum.failed += page.failed.length;
    sum.problem ||= page.failed[0]?.problem ?? "";
    cursor = page.cursor;
    report(sum.done);
  } while (cursor && goesOn());
  return sum;
}
