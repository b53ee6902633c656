import { el, time, badge, table, number, messages } from "./elements.js";
import { ask, labelOf } from "./dialogs.js";

const names = { recipientState: "recipients", messageId: "Message-ID", lastError: "last error", olderThan: "older than", youngerThan: "younger than" };
const find = id => document.getElementById(id);
const path = id => `jobs/${encodeURIComponent(id)}`;

/** The view of the jobs that run and have ended lately. */
export async function jobs(show, api, act) {
  const all = (await api.get("jobs")).jobs;
  show([
    el("h1", "Jobs"),
    table(["State", "Order", "Progress", "Changed", "Left", "Failed", "By", "Started", "Ended", "Job", "Stop"], all, j => [
      badge(word(j)), [j.says, j.problem ? el("div", { className: "error" }, j.problem) : "", failures(j)], bar(j),
      number(j.done), number(j.delivering), number(j.failed), el("span", { className: "address" }, j.canceledBy ? `${j.author}, canceled by ${j.canceledBy}` : j.author),
      time(j.started), time(j.ended), el("span", { className: "id" }, j.id),
      j.state === "running" && !j.canceledBy ? el("button", { type: "button", "aria-label": `Cancel job ${j.id}`, onclick: () => act(() => cancel(api, j)) }, "Cancel…") : "",
    ], "No job runs, and none has ended in the last day.", ["", "note", "", "number", "number", "number"]),
  ]);
  return all.some(running) ? 1 : 5;
}

/** An order on all that match: how many first, then a job, with its progress until it is done, canceled, or left to itself. */
export async function orderAll(api, action, order, filter, say) {
  const count = await countAll(api, { action, filter }, counted => say(`Counting: ${number(counted)}…`));
  say("");
  const note = count.note ? ` ${count.note}` : "";
  if (count.count === 0)
    return say((count.delivering ? `Nothing to do: ${number(count.delivering)} match and are being delivered.` : "Nothing to do: this order changes no message that matches.") + note);
  const busy = count.delivering ? ` ${number(count.delivering)} more are being delivered and are left alone.` : "";
  const whom = Object.entries(filter).map(([name, value]) => `${names[name] ?? name} ${value}`).join(", ") || "no filter: every message";
  const value = await ask(`${order.title}: ${messages(count.count)}`, await labelOf(order), `${order.title} ${number(count.count)}`, !!order.field, `${whom}.${busy}${note}`);
  if (value === null) return;
  const job = await api.post("jobs", { action, filter, all: Object.keys(filter).length === 0, ...(order.field ? { [order.field]: value } : {}) });
  const ended = await follow(api, job, count.count);
  if (running(ended)) return say(`Job ${ended.id} goes on: see Jobs.`);
  say(`${messages(ended.done)} ${order.done}${ended.state === "canceled" ? "; canceled" : ""}.${ended.note ? ` ${ended.note}` : ""}`
    + (ended.problem ? ` The job failed: ${ended.problem}` : "")
    + (ended.failed ? ` ${number(ended.failed)} could not be: ${ended.failures[0].problem}` : ""), ended.state === "failed" || ended.failed > 0);
}

/** Shows a job's progress until it has ended, or the operator leaves it to itself. */
async function follow(api, job, count) {
  const dialog = find("confirm");
  const progress = find("confirm-progress");
  const [hide, stop] = [find("confirm-yes"), find("confirm-no")];
  let watched = true;
  const leave = event => { event.preventDefault(); watched = false; };
  find("confirm-field").hidden = true;
  progress.hidden = false;
  progress.max = count;
  progress.value = 0;
  hide.textContent = "Leave it running";
  hide.onclick = dialog.oncancel = leave;
  stop.textContent = "Cancel the job";
  stop.onclick = () => { stop.disabled = true; api.post(`${path(job.id)}/cancel`, {}).catch(() => {}); };
  dialog.showModal();
  try {
    for (let pause = 50; running(job) && watched; pause = Math.min(pause * 2, 1000)) {
      await new Promise(resolve => setTimeout(resolve, pause));
      job = await api.get(path(job.id));
      progress.value = Math.min(job.done, count);
      find("confirm-text").textContent = `${job.says}: ${number(job.done)} of ${number(count)}.${job.problem ? ` It waits and tries again: ${job.problem}` : ""} It goes on when you close this page.`;
    }
    return job;
  } finally {
    stop.disabled = false;
    dialog.close();
  }
}

async function countAll(api, body, report) {
  const sum = { count: 0, delivering: 0 };
  let cursor;
  do {
    const page = await api.post("jobs/count", { ...body, ...(cursor ? { cursor } : {}) });
    sum.count += page.count;
    sum.delivering += page.delivering;
    sum.note = page.note;
    cursor = page.cursor;
    report(sum.count);
  } while (cursor);
  return sum;
}

async function cancel(api, job) {
  if (await ask(`Cancel job ${job.id}`, "", "Cancel the job", false, `${job.says}: ${number(job.done)} changed so far, which stay so.`) === null) return "";
  await api.post(`${path(job.id)}/cancel`, {});
  return `Job ${job.id} stops.`;
}

export const running = job => job.state === "running";

const word = job => running(job) && job.canceledBy ? "stopping" : job.state;

const bar = job => running(job) ? el("progress", { max: Math.max(job.total, 1), value: job.examined, "aria-label": `Progress of job ${job.id}` }) : "";

const failures = job => {
  const shown = job.failures.slice(0, 5);
  return shown.length === 0 ? "" : el("ul", shown.map(one => el("li", el("a", { href: `#/messages/${encodeURIComponent(one.id)}`, className: "id" }, one.id), `: ${one.problem}`)),
    job.failed > shown.length ? el("li", `and ${number(job.failed - shown.length)} more`) : "");
};
