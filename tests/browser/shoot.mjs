// Takes screenshots:  node shoot.mjs '{"chromium": "...", "shots": [{"file": "...", "scheme": "light", "png": "...", "focus": "CSS or absent"}]}'
import { chromium } from "playwright-core";

const { chromium: executablePath, shots } = JSON.parse(process.argv[2]);
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--force-color-profile=srgb"] });
try {
  for (const { file, scheme, png, focus } of shots) {
    const page = await browser.newPage({ viewport: { width: 1000, height: 900 }, colorScheme: scheme });
    await page.goto(`file://${file}`);
    if (focus) await page.locator(focus).first().focus();
    await page.screenshot({ path: png, fullPage: true });
    await page.close();
  }
} finally {
  await browser.close();
}
