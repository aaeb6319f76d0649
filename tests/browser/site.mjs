// Opens pages of the documentation site in headless Chromium at several widths. Prints one JSON list; judges nothing.
//   node site.mjs '{"chromium": "/usr/bin/chromium", "base": "http://127.0.0.1:8000/", "pages": ["", "cli/"], "widths": [1200]}'
import { chromium } from "playwright-core";

const { chromium: executablePath, base, pages, widths } = JSON.parse(process.argv[2]);

async function visit(browser, path, width) {
  const page = await browser.newPage({ viewport: { width, height: 800 } });
  const problems = [];
  page.on("console", (message) => message.type() === "error" && problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("response", (response) => response.status() >= 400 && problems.push(`${response.status()} ${response.url()}`));
  // The theme asks GitHub how many stars the repository has; the answer is no part of the site.
  await page.route(
    (url) => !url.href.startsWith(base),
    (route) => route.fulfill({ json: {}, headers: { "access-control-allow-origin": "*" } }),
  );
  await page.goto(base + path, { waitUntil: "load" });
  const seen = await page.evaluate(async () => {
    const images = [...document.images];
    for (const image of images) image.loading = "eager";
    await Promise.allSettled(images.map((image) => image.decode()));
    const root = document.documentElement;
    return {
      heading: document.querySelector("h1").innerText,
      images: images.length,
      broken: images.filter((image) => image.naturalWidth === 0).map((image) => image.src),
      overflow: root.scrollWidth - root.clientWidth,
    };
  });
  await page.close();
  return { path, width, problems, ...seen };
}

const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking", "--disable-gpu"] });
try {
  const seen = [];
  for (const path of pages) for (const width of widths) seen.push(await visit(browser, path, width));
  console.log(JSON.stringify(seen));
} finally {
  await browser.close();
}
