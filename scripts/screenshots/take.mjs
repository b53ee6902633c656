// The dashboard as a person uses it: wait until all runs, send a test message, look at its trace, its logs and the queue's metrics.
import { chromium } from "playwright-core";
import { mkdir } from "node:fs/promises";
import { createConnection } from "node:net";

const { DASHBOARD: dashboard, TOKEN: token, OUT: out, CHROMIUM: executablePath, SMTP_PORT: smtp } = process.env;
const patience = 180_000;
const subject = "Hello from the dashboard";

/** A message over SMTP, word by word. */
const send = (subject, recipient = "you@example.net") => new Promise((resolve, reject) => {
  const words = ["EHLO example.com", "MAIL FROM:<shop@example.com>", `RCPT TO:<${recipient}>`, "DATA", `Subject: ${subject}\r\n\r\nIt is on its way.\r\n.`, "QUIT"];
  const socket = createConnection(Number(smtp), "localhost");
  socket.setEncoding("utf8");
  socket.on("data", text => text.split("\r\n").forEach(line => {
    if (/^[45]/.test(line)) reject(new Error(line));
    if (/^\d{3} /.test(line) && words.length) socket.write(words.shift() + "\r\n");
  }));
  socket.on("close", resolve);
  socket.on("error", reject);
});

const browser = await chromium.launch({
  executablePath, headless: true,
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
const page = await browser.newPage({ viewport: { width: 1440, height: 640 }, colorScheme: "light" });
page.setDefaultTimeout(patience);
/** In light and in dark: both pages follow the browser. */
const shot = async name => {
  await page.waitForTimeout(2500);
  await page.screenshot({ path: `${out}/${name}.png` });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForTimeout(1500);
  await page.screenshot({ path: `${out}/${name}-dark.png` });
  await page.emulateMedia({ colorScheme: "light" });
  console.log(name);
};
const rows = () => page.evaluate(() => [...document.querySelectorAll("[role=row]")].map(row => row.innerText));
const until = async (what, holds) => {
  for (const end = Date.now() + patience; !(await holds()); await page.waitForTimeout(500))
    if (Date.now() > end) throw new Error(`${what}: ${(await rows()).join("\n")}`);
};
await mkdir(out, { recursive: true });

await page.goto(`${dashboard}/login?t=${token}`);
// Edge, mailbox, queue, and the relay's two replicas.
await until("all runs", async () => (await rows()).filter(row => /Running/.test(row) && !/Unhealthy/.test(row)).length >= 5);

await page.locator("[role=row]", { hasText: "HTTP API" }).locator("[title^='Send a test message']").click();
const dialog = page.locator("fluent-dialog", { hasText: "Recipient" });
await dialog.getByText("Recipient").first().waitFor();
// The inputs are in shadow roots.
await dialog.locator("fluent-text-input").nth(1).click();
await page.keyboard.press("Control+A");
await page.keyboard.type(subject);
await page.keyboard.press("Tab");
await shot("command");
await dialog.locator("fluent-button[appearance=primary]").last().click();
await until("the answer", async () => (await page.locator("body").innerText()).includes("succeeded"));
await shot("resources");

for (const each of ["Your order", "Your invoice", "Your parcel"]) await send(each);

await page.goto(`${dashboard}/traces`);
await until("traces", async () => (await rows()).filter(row => /smtp receive/.test(row) && /relay/.test(row)).length >= 3);
await page.getByText(/smtp receive/).last().click();
await page.getByText("SMTP transaction").first().waitFor();
await shot("trace");

await page.goto(`${dashboard}/structuredlogs`);
await until("logs", async () => (await rows()).filter(row => /attempt 1/.test(row)).length >= 1);
await shot("logs");

await page.goto(`${dashboard}/metrics/resource/edge?meter=Slimta.Storage&instrument=messaging.client.operation.duration&duration=1&view=Graph`);
await page.waitForTimeout(12_000);
await shot("metrics");

// The operator's page, with mail that its mailbox refuses for now or drops in the middle.
await page.goto(dashboard);
const edge = page.locator("[role=row]", { hasText: "HTTP API" });
await edge.waitFor();
const queue = await edge.locator("a", { hasText: "Queue" }).first().getAttribute("href").catch(() => null)
  ?? (await page.evaluate(() => [...document.querySelectorAll("a")].map(a => a.href).find(href => href.endsWith("/queue/"))));
if (!queue) throw new Error("The edge has no link to the queue page.");
for (let i = 1; i <= 12; i++) await send(`Your order ${i}`, `${i % 4 ? "greylist" : "drop"}+${i}@${["example.org", "shop.example", "mail.example"][i % 3]}`);
const { messages } = await (await fetch(`${queue.replace("/queue/", "")}/operator/messages?domain=shop.example`)).json();
await fetch(`${queue.replace("/queue/", "")}/operator/messages/${messages[0].id}/hold`, {
  method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ reason: "The customer asked us to wait for the new price list" }),
});
await page.goto(queue);
await page.locator("tbody tr").first().waitFor();
await shot("queue");
await page.goto(`${queue}#/messages/${messages[0].id}`);
await page.locator("ul.why li").first().waitFor();
await shot("message");
await page.goto(`${queue}#/messages`);
await page.locator("tbody tr").first().waitFor();
await shot("messages");
await browser.close();
