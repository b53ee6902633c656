import { el, time, badge, table } from "./elements.js";
import { ask } from "./dialogs.js";

const find = id => document.getElementById(id);

/** The view of all rules; it wants to be shown again after the seconds that it gives. */
export async function rules(show, api, act) {
  const standing = (await api.get("rules")).rules;
  const all = standing.find(rule => rule.action === "pause" && rule.domain === undefined && rule.sender === undefined);
  show([
    el("h1", "Rules"),
    all ? pausedLine(all, () => act(() => resume(api, {}))) : "",
    el("p", { className: "buttons" },
      el("button", { type: "button", onclick: () => act(() => addRule(api, "hold")) }, "Add a rule…"),
      all ? "" : el("button", { type: "button", onclick: () => act(() => addRule(api, "pause")) }, "Pause the queue…")),
    table(["Rule", "Recipients' domain", "Sender", "Why", "By", "Since", "Until", "Order"], standing, rule => [
      badge(rule.action), el("span", { className: "address" }, rule.domain ?? "all"), el("span", { className: "address" }, rule.sender === "" ? "<>" : rule.sender ?? "all"),
      rule.reason, rule.author, time(rule.created), rule.expires ? time(rule.expires) : "it is removed",
      el("button", { type: "button", "aria-label": `Remove rule ${rule.id}`, onclick: () => act(() => removeRule(api, rule)) }, "Remove…"),
    ], "No rule is in force: no mail is kept back.", ["", "", "", "note", "", "", "", "order"]),
  ]);
  return 5;
}

/** By whom the whole queue is paused, and the way out. */
export const pausedLine = (rule, onclick) => el("p", { className: "paused" }, el("strong", "The queue is paused. "), `${rule.says}. `,
  el("button", { type: "button", onclick }, "Resume the queue"));

export async function resume(api, body) {
  await api.post("resume", body);
  return body.domain ? `${body.domain}: resumed.` : "The queue is resumed.";
}

async function removeRule(api, rule) {
  if (await ask(`Remove rule ${rule.id}`, "", "Remove", false, `${rule.says}.`) === null) return "";
  await api.remove(`rules/${encodeURIComponent(rule.id)}`);
  return `Rule ${rule.id}: removed.`;
}

/** Asks for a rule until the server takes it; "" if it is not to be. */
export function addRule(api, action, domain = "") {
  const dialog = find("rule");
  const form = dialog.querySelector("form");
  const [yes, problem] = [find("rule-yes"), find("rule-problem")];
  form.reset();
  form.elements.action.value = action;
  form.elements.domain.value = domain;
  problem.textContent = "";
  let confirm = false;
  const label = () => { yes.textContent = confirm ? "All mail is meant" : "Set the rule"; };
  label();
  form.oninput = () => { confirm = false; label(); };
  dialog.showModal();
  form.elements.reason.focus();
  return new Promise(resolve => {
    const close = value => { dialog.close(); resolve(value); };
    find("rule-no").onclick = dialog.oncancel = () => close("");
    form.onsubmit = event => { event.preventDefault(); yes.click(); };
    yes.onclick = async () => {
      const fields = Object.fromEntries([...new FormData(form)].filter(([, value]) => value.trim() !== ""));
      try {
        const rule = await api.post("rules", { ...fields, confirm });
        close(`Rule ${rule.id}: ${rule.says}.`);
      } catch (error) {
        problem.textContent = error.message;
        // What holds or drops all mail is done by the second press.
        confirm = fields.action !== "pause" && !fields.domain && !fields.sender && /\bconfirm:/.test(error.message);
        label();
      }
    };
  });
}
