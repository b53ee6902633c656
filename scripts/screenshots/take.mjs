// The dashboard as a person uses it: wait until all runs, send a test message, look at its trace, its logs and the queue's metrics.
import { chromium } from "playwright-core";
import { mkdir } from "node:fs/promises";
import { send } from "./mail.mjs";
import { pages } from "./pages.mjs";

const { DASHBOARD: dashboard, TOKEN: token, OUT: out, CHROMIUM: executablePath } = process.env;
const patience = 180_000;
const subject = "Hello from the dashboard";

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
// The inputs are in shadow roots, and the dialog moves the focus to its first once it is open.
await page.waitForTimeout(2000);
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

await page.goto(dashboard);
const linkOf = async (resource, text) => {
  const link = page.locator("[role=row]", { hasText: resource }).locator("a", { hasText: text }).first();
  await link.waitFor();
  return link.getAttribute("href");
};
await pages(page, shot, await linkOf("HTTP API", "Queue"), await linkOf("Delivered mail", "Delivered mail"));
await browser.close();
