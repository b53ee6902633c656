// The operator's page, the mailbox, and the command line, on the same run.
import { order, send } from "./mail.mjs";
import { terminal } from "./terminal.mjs";

const shops = ["example.org", "shop.example", "mail.example"];

/** @param queue,mailbox the pages' addresses, as the dashboard links them */
export async function pages(page, shot, queue, mailbox) {
  const edge = queue.replace(/\/queue\/$/, "");
  const post = async (path, body) => {
    const answer = await fetch(`${edge}/operator/${path}`, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
  };
  const ask = async path => (await fetch(`${edge}/operator/${path}`)).json();
  const until = async (what, holds) => {
    for (const end = Date.now() + 60_000; !(await holds()); await page.waitForTimeout(250))
      if (Date.now() > end) throw new Error(`Not seen in a minute: ${what}`);
  };

  // What its mailbox refuses for now, drops in the middle, and refuses for good.
  for (let i = 1; i <= 12; i++) await send(`Your order ${i}`, `${i % 4 ? "greylist" : "drop-before-reply"}+${i}@${shops[i % 3]}`);
  for (let i = 1; i <= 3; i++) await send(`Your invoice ${i}`, `permfail+${i}@shop.example`);
  await until("three bounces", async () => (await ask("history?outcome=bounced")).messages.length >= 3);
  // One that waits for its next attempt: what is being delivered may be gone.
  const waitingFor = domain => ask(`messages?state=scheduled&domain=${domain}`).then(page => page.messages);
  await until("mail that waits", async () => (await waitingFor("shop.example")).length > 0);
  const held = (await waitingFor("shop.example"))[0].id;
  await post(`messages/${held}/hold`, { reason: "The customer asked us to wait for the new price list" });
  await post("pause", { domain: "mail.example", reason: "Their server is down until noon", for: "2h" });
  await post("rules", { action: "hold", sender: "news@example.com", reason: "The mailing has a wrong link" });
  await post("rules", { action: "drop", sender: "", domain: "*.shop.example", reason: "Backscatter: a spammer forges our address", for: "1d" });

  const see = async (name, hash, first) => {
    await page.goto("about:blank");
    await page.goto(`${queue}#/${hash}`);
    await page.locator(first).first().waitFor();
    await shot(name);
  };
  await see("queue", "", "tbody tr");
  await see("message", `messages/${held}`, "ul.why li");
  await see("messages", "messages", "tbody tr");
  await see("history", "history", "tbody tr");
  await see("rules", "rules", "tbody tr");

  await order();
  await page.setViewportSize({ width: 1440, height: 860 });
  await page.goto(mailbox);
  await page.locator("#list a", { hasText: "Your order 4711" }).first().click();
  await page.frameLocator("iframe").getByText("Track your parcel").waitFor();
  await shot("mailbox");
  await page.setViewportSize({ width: 1440, height: 640 });

  const waiting = (await waitingFor("example.org"))[0].id;
  await terminal(page, "terminal", edge, ["queue", `why ${waiting}`, "history --outcome bounced"]);
}
