/** The built page in a real browser over a model that has every part, and over one that lacks them. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Listening } from '../../src/server/listen.js';
import { LACKING_MODEL, openTinyApp, type TinyApp } from '../support/tiny-app.js';
import { findChromium } from './chromium.js';

const executablePath = findChromium();
const POLL = { timeout: 60_000, interval: 50 };

describe.skipIf(executablePath === undefined)('the page in chromium', { timeout: 180_000 }, () => {
  let tiny: TinyApp;
  let full: Listening;
  let lacking: TinyApp;
  let plain: Listening;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    tiny = await openTinyApp();
    full = await tiny.app.serve(tiny.archive);
    lacking = await openTinyApp(LACKING_MODEL);
    plain = await lacking.app.serve(lacking.archive);
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu'],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await plain?.close();
    await full?.close();
    await tiny?.close();
    await lacking?.close();
  });

  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(60_000);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
  });

  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const hits = () => page.locator('article.hit');
  const plotSource = () => page.locator('.trace img').getAttribute('src');

  /** Natural width of the trace, once it is drawn. */
  async function drawnWidth(): Promise<number> {
    const image = `document.querySelector('.trace img')`;
    const width = () => page.evaluate<number>(`${image}.complete ? ${image}.naturalWidth : 0`);
    await expect.poll(width, POLL).toBeGreaterThan(0);
    return width();
  }

  it('finds moments, and marks each with its phrase on the trace', async () => {
    await page.goto(`${full.url}/#/search?q=afib+with+LBBB`);
    await hits().first().waitFor();
    await page.locator('.segments label', { hasText: 'Moment' }).click();
    await page.waitForURL(/level=token/);
    const reasons = hits().first().locator('.evidence li');
    await expect.poll(() => reasons.count(), POLL).toBe(2);
    expect(await reasons.first().textContent()).toMatch(/^Moment atrial fibrillation · \d/);
    const source = await hits().first().locator('img').getAttribute('src');
    expect(decodeURIComponent(source!)).toMatch(/highlight=[\d.]+-[\d.]+:atrial\+fibrillation,/);
    await hits().first().getByRole('link', { name: 'Open', exact: true }).click();
    expect(await page.locator('.marked').textContent()).toContain(
      'complete left bundle branch block',
    );
    expect(await drawnWidth()).toBeGreaterThan(500);
  });

  it('shows where the model looked from a rhythm match on, until it is switched off', async () => {
    await page.goto(`${full.url}/#/search?q=sinus+rhythm&level=rhythm`);
    await hits().first().getByRole('link', { name: 'where the model looked' }).click();
    const control = page.getByRole('checkbox', { name: 'Where the model looked' });
    await control.waitFor();
    expect(await control.isChecked()).toBe(true);
    expect(await plotSource()).toContain('attention=1');
    expect(await drawnWidth()).toBeGreaterThan(500);
    await control.uncheck();
    await expect.poll(plotSource, POLL).not.toContain('attention');
    expect(page.url()).not.toContain('attention');
  });

  it("shows the model's own words, told apart from what is evidence", async () => {
    await page.goto(`${full.url}/#/search?q=sinus+rhythm`);
    await hits().first().getByRole('link', { name: 'Draft report' }).click();
    const panel = page.locator('.caption-panel');
    await panel.locator('blockquote').waitFor();
    expect(await panel.locator('.tag').textContent()).toBe('unchecked');
    expect(await panel.textContent()).toContain('No finding, and no evidence');
    await page.locator('button.sentence').first().waitFor();
    expect(await page.locator('.report-panel').textContent()).not.toContain('own words');
  });

  it('says at its foot which model answers, what it has and what it lacks', async () => {
    await page.goto(full.url);
    const foot = page.locator('.page-foot');
    await foot.waitFor();
    expect(await foot.textContent()).toContain('Model pqr-tiny 1.0.0, levels rhythm, beat, token');
    expect(await foot.textContent()).toContain('attention, captions');
    await page.goto(plain.url);
    await foot.waitFor();
    await expect.poll(() => foot.textContent(), POLL).toMatch(/melp-tiny.*It lacks.*captions/);
  });

  it('offers nothing that the model lacks, also where the address asks for it', async () => {
    await page.goto(`${plain.url}/#/search?q=sinus+rhythm`);
    await hits().first().waitFor();
    expect(await page.getByRole('link', { name: 'where the model looked' }).count()).toBe(0);
    const open = await hits()
      .first()
      .getByRole('link', { name: 'Open', exact: true })
      .getAttribute('href');
    await page.goto(`${plain.url}/${open}${open!.includes('?') ? '&' : '?'}attention=1`);
    await page.locator('.findings tbody tr').first().waitFor();
    expect(await plotSource()).not.toContain('attention');
    expect(await drawnWidth()).toBeGreaterThan(500);
    expect(await page.locator('.caption-panel').count()).toBe(0);
    expect(await page.getByRole('checkbox', { name: 'Where the model looked' }).count()).toBe(0);
  });
});
