// Opens each page in headless Chromium and reports what a reader would meet. Prints one JSON object; judges nothing.
//   node check.mjs '{"chromium": "/usr/bin/chromium", "pages": [{"name": "...", "file": "...", "shots": "folder or null"}]}'
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const task = JSON.parse(process.argv[2]);

// The text of an element as the document has it: tooltips are in the DOM, but not in the text.
function readMarks() {
  const ownText = (node) => {
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    let text = "";
    while (walker.nextNode()) if (!walker.currentNode.parentElement.closest(".bs-tip")) text += walker.currentNode.data;
    return text;
  };
  const length = (text) => Array.from(text).length;
  const before = (root, element) => {
    const range = document.createRange();
    range.setStart(root, 0);
    range.setEndBefore(element);
    const box = document.createElement("div");
    box.append(range.cloneContents());
    return length(ownText(box));
  };
  return [...document.querySelectorAll(".bs-paragraph")].map((paragraph) => {
    const text = paragraph.querySelector(".bs-text");
    const start = Number(paragraph.dataset.start);
    return {
      start,
      end: Number(paragraph.dataset.end),
      text: ownText(text),
      marks: [...text.querySelectorAll("mark")].map((mark) => ({
        start: Number(mark.dataset.start),
        end: Number(mark.dataset.end),
        found: start + before(text, mark),
        text: ownText(mark),
      })),
    };
  });
}

const shownTips = () =>
  [...document.querySelectorAll(".bs-tip")]
    .filter((tip) => getComputedStyle(tip).display !== "none")
    .map((tip) => {
      const box = tip.getBoundingClientRect();
      const inside = box.left >= 0 && box.right <= document.documentElement.clientWidth && box.width > 0;
      return { text: tip.textContent, inside };
    });

async function tooltips(page) {
  const marks = page.locator(".bs-body .bs-spot > mark, .bs-column .bs-spot > mark");
  const seen = [];
  await page.evaluate(() => document.activeElement.blur());
  for (let i = 0; i < (await marks.count()); i++) {
    const mark = marks.nth(i);
    await mark.hover();
    const byMouse = await page.evaluate(shownTips);
    await page.mouse.move(0, 0);
    await mark.focus();
    const byKeyboard = await page.evaluate(shownTips);
    await page.keyboard.press("Escape");
    const afterEscape = await page.evaluate(shownTips);
    await mark.blur();
    seen.push({ text: await mark.textContent(), byMouse, byKeyboard, afterEscape });
  }
  return seen;
}

async function explanations(page) {
  const sentences = page.locator(".bs-body .bs-why");
  const seen = [];
  for (let i = 0; i < (await sentences.count()); i++) {
    const sentence = sentences.nth(i);
    const { x, y } = await sentence.evaluate((node) => {
      node.scrollIntoView({ block: "center" });
      const { left, top } = node.getClientRects()[0];
      return { x: left + 2, y: top + 6 };
    });
    await page.mouse.move(x, y);
    const byMouse = await page.evaluate(shownTips);
    await page.mouse.move(0, 0);
    await sentence.focus();
    const byKeyboard = await page.evaluate(shownTips);
    await sentence.blur();
    seen.push({ text: await sentence.textContent(), byMouse, byKeyboard });
  }
  return seen;
}

// What each choice of a target marks: the texts of the mentions that have an outline.
async function choices(page) {
  const radios = page.locator(".bs-targets input");
  const seen = [];
  for (let i = 0; i < (await radios.count()); i++) {
    await radios.nth(i).check();
    const marked = await page.evaluate(() =>
      [...document.querySelectorAll(".bs-body .bs-target")]
        .filter((mention) => getComputedStyle(mention).outlineStyle !== "none")
        .map((mention) => [mention.textContent, getComputedStyle(mention).backgroundColor]),
    );
    seen.push(marked);
  }
  return seen;
}

// What Tab must reach, in the order of the page, and what it does reach; a group of radio buttons is one stop.
async function tabStops(page) {
  await page.reload(); // Tab starts from where the focus last was; a fresh page starts at its top.
  const wanted = await page.evaluate(() => {
    const all = document.querySelectorAll("main :is(a[href], button, input:not([type=radio]), input:checked, summary, [tabindex='0'])");
    window.wantedStops = [...all];
    return all.length;
  });
  const stops = [];
  for (let i = 0; i < wanted; i++) {
    await page.keyboard.press("Tab");
    stops.push(await page.evaluate(() => window.wantedStops.indexOf(document.activeElement)));
  }
  return { wanted, stops };
}

// Where each link past the marked words leads: whether it is in sight when focused, and what Enter and Tab reach from it.
async function skips(page) {
  const links = page.locator(".bs-skip");
  const seen = [];
  for (let i = 0; i < (await links.count()); i++) {
    await links.nth(i).focus();
    const shown = await links.nth(i).evaluate((link) => link.getBoundingClientRect().left >= 0);
    await page.keyboard.press("Enter");
    const legend = await page.evaluate(() => document.activeElement.matches(".bs-legend"));
    await page.keyboard.press("Tab");
    const marked = await page.evaluate(() => document.activeElement.closest(".bs-body, .bs-column") !== null);
    seen.push({ shown, legend, marked });
  }
  return seen;
}

async function violations(page) {
  await page.evaluate(AXE); // a script tag would be refused: pages allow their own script alone
  const found = await page.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
  return found.violations.map((v) => ({ id: v.id, help: v.help, nodes: v.nodes.map((n) => n.html.slice(0, 200)) }));
}

// Farthest that a label of an axis stands from the line that it names, in pixels.
function labelsOffTicks() {
  const middle = (box) => (box.left + box.right) / 2;
  const off = [...document.querySelectorAll(".bs-forest")].flatMap((table) => {
    const ticks = [...table.querySelectorAll("tbody tr:first-child .bs-tick")];
    return [...table.querySelectorAll(".bs-axis > span")].map((label, i) => {
      const box = label.getBoundingClientRect();
      return box.width ? Math.abs(middle(box) - ticks[i].getBoundingClientRect().left) : 0;
    });
  });
  return Math.max(0, ...off);
}

async function visit(browser, { name, file, shots }) {
  const context = await browser.newContext({ viewport: { width: 1000, height: 800 }, deviceScaleFactor: 1 });
  const page = await context.newPage();
  const problems = [];
  const requests = [];
  page.on("console", (message) => ["error", "warning"].includes(message.type()) && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => requests.push(request.url()));
  const report = { name, axe: {} };
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.goto(`file://${file}`);
    if (shots) await page.screenshot({ path: `${shots}/${name}-${scheme}.png`, fullPage: true });
    report.background = { ...report.background, [scheme]: await page.evaluate(() => getComputedStyle(document.querySelector(".biasscore")).backgroundColor) };
    report.axe[scheme] = await violations(page);
    const first = page.locator(".bs-spot > mark").first();
    if (await first.count()) {
      await first.focus();
      report.axe[`${scheme}, tooltip shown`] = await violations(page);
    }
  }
  report.paragraphs = await page.evaluate(readMarks);
  report.tooltips = await tooltips(page);
  report.choices = await choices(page);
  report.explanations = await explanations(page);
  report.tabStops = await tabStops(page);
  report.skips = await skips(page);
  report.labelsOff = [await page.evaluate(labelsOffTicks)];
  await page.setViewportSize({ width: 360, height: 700 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  report.overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
  report.labelsOff.push(await page.evaluate(labelsOffTicks));
  report.narrowTooltips = await tooltips(page);
  await page.emulateMedia({ media: "print", colorScheme: "dark" });
  report.printBackground = await page.evaluate(() => getComputedStyle(document.querySelector(".biasscore")).backgroundColor);
  report.scripts = await page.evaluate(() => window.injected ?? null);
  report.hostStyle = await page.evaluate(() => {
    const host = document.querySelector("#host");
    return host && ["color", "font-family", "text-decoration-line", "margin-top"].map((p) => getComputedStyle(host)[p] || getComputedStyle(host).getPropertyValue(p));
  });
  report.problems = problems;
  report.requests = requests.filter((url) => !url.startsWith("file:") && !url.startsWith("data:"));
  await context.close();
  return report;
}

const browser = await chromium.launch({
  executablePath: task.chromium,
  args: ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--force-color-profile=srgb"],
});
try {
  const reports = [];
  for (const page of task.pages) reports.push(await visit(browser, page));
  console.log(JSON.stringify(reports));
} finally {
  await browser.close();
}
