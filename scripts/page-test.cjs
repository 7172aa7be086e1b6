// Opens pages in Chromium and fails on what a reader or a browser would complain about. See page-test.
const fs = require("node:fs");
const path = require("node:path");
const puppeteer = require("puppeteer-core");

const [browserPath, out, ...files] = process.argv.slice(2);
const axe = fs.readFileSync(require.resolve("axe-core/axe.min.js"), "utf8");
const WIDTHS = [1280, 390];
const SCHEMES = ["light", "dark"];
const LIMIT_MS = 1000;
// In bytes.
const LARGE = 1 << 19;

async function open(browser, file, width, scheme, problems) {
    const page = await browser.newPage();
    const where = `${path.basename(file)} at ${width}, ${scheme}`;
    const complain = (what) => problems.push(`${where}: ${what}`);
    await page.setViewport({ width, height: 900 });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    page.on("console", (message) => complain(`console: ${message.text()}`));
    page.on("pageerror", (error) => complain(`error: ${error.message}`));
    const address = `file://${path.resolve(file)}`;
    page.on("request", (request) => {
        if (request.url() !== address && !request.url().startsWith("data:")) complain(`request: ${request.url()}`);
    });
    await page.goto(address, { waitUntil: "load" });
    const { opened, overflow } = await page.evaluate(() => ({
        opened: performance.getEntriesByType("navigation")[0].loadEventEnd,
        overflow: document.documentElement.scrollWidth - window.innerWidth,
    }));
    console.log(`${where}: opened in ${Math.round(opened)} ms`);
    if (opened > LIMIT_MS) complain(`took ${Math.round(opened)} ms to open`);
    if (overflow > 0) complain(`is ${overflow} px wider than the window`);
    await page.screenshot({ path: path.join(out, `${path.basename(file, ".html")}-${width}-${scheme}.png`) });
    // Thousands of cards are thousands of times the same question.
    if (fs.statSync(file).size > LARGE) return page.close();
    // The policy of the page keeps scripts out, also this one: it runs beside the page.
    const world = page.mainFrame().isolatedRealm();
    await world.evaluate(`${axe}; undefined`);
    const { violations } = await world.evaluate(() => axe.run(document, { resultTypes: ["violations"] }));
    for (const { id, nodes } of violations) complain(`axe: ${id}: ${nodes[0].html.slice(0, 160)} (${nodes.length})`);
    await page.close();
}

async function main() {
    const problems = [];
    const browser = await puppeteer.launch({ executablePath: browserPath, args: ["--no-sandbox", "--disable-dev-shm-usage"] });
    try {
        for (const file of files)
            for (const width of WIDTHS) for (const scheme of SCHEMES) await open(browser, file, width, scheme, problems);
    } finally {
        await browser.close();
    }
    problems.forEach((problem) => console.error(problem));
    process.exitCode = problems.length > 0 ? 1 : 0;
}

main();
