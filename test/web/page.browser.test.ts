/** The built page in a real browser over the real service and the sample archive. */
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startApp } from '../support/start-app.js';
import { findChromium } from './chromium.js';

const UPLOAD = ['02000_hr.hea', '02000_hr.dat'].map((name) =>
  join(import.meta.dirname, '..', 'fixtures', 'plot', name),
);
const POLL = { timeout: 60_000, interval: 50 };
const DESKTOP = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const executablePath = findChromium();
const inCi = process.env['CI'] === 'true';

// Elsewhere the tests below are skipped by name; in CI that would hide a broken page.
it('has a chromium wherever CI runs', () => {
  const missing = inCi && executablePath === undefined;
  expect(missing, 'no chromium on PATH; name one in PQRSEARCH_CHROMIUM').toBe(false);
});

describe.skipIf(executablePath === undefined)('the page in chromium', { timeout: 180_000 }, () => {
  let app: Awaited<ReturnType<typeof startApp>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    app = await startApp();
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu'],
    });
  });

  afterAll(async () => {
    await browser?.close();
    await app?.close();
  });

  beforeEach(async () => {
    page = await browser.newPage({ viewport: DESKTOP });
    // The first labels are encoded while a test waits; a busy machine takes its time.
    page.setDefaultTimeout(60_000);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(`page error: ${error.message}`));
    page.on('console', (message) => {
      const where = message.location().url;
      if (message.type() === 'error') complaints.push(`console: ${message.text()} (${where})`);
    });
    page.on('request', (request) => {
      const leaves = !request.url().startsWith(app.url) && !request.url().startsWith('data:');
      if (leaves) complaints.push(`request to ${request.url()}`);
    });
  });

  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });

  const open = (hash = '') => page.goto(`${app.url}/${hash}`);
  const hits = () => page.locator('article.hit');

  /** Runs in the page; text, as these tests are compiled without the browser's types. */
  const inPage = <T>(expression: string): Promise<T> => page.evaluate<T>(expression);

  /** Natural width of the first such picture, once it is drawn. */
  async function drawnWidth(selector: string): Promise<number> {
    await page.locator(selector).first().scrollIntoViewIfNeeded();
    const image = `document.querySelector('${selector}')`;
    const width = () => inPage<number>(`${image}.complete ? ${image}.naturalWidth : 0`);
    await expect.poll(width, POLL).toBeGreaterThan(0);
    return width();
  }

  async function search(text: string): Promise<void> {
    await page.getByRole('searchbox', { name: 'What to look for' }).fill(text);
    await page.keyboard.press('Enter');
    await hits().first().waitFor();
  }

  it('says at once, on every view, that it is for research and review', async () => {
    for (const hash of ['', '#/upload', '#/nowhere']) {
      await open(hash);
      const notice = page.getByRole('note');
      expect(await notice.isVisible()).toBe(true);
      expect(await notice.textContent()).toContain('For research and review only');
      expect(await notice.textContent()).toContain('Not a medical device');
    }
  });

  it('finds ECGs by a question and draws their traces', async () => {
    await open();
    await search('atrial fibrillation');
    expect(await hits().count()).toBe(10);
    expect(await drawnWidth('article.hit img')).toBeGreaterThan(500);
    expect(await page.locator('.results-line').textContent()).toMatch(/^10 hits in \d+ ms/);
    expect(page.url()).toContain('#/search?q=atrial+fibrillation');
    const card = hits().first();
    expect(await card.locator('.scores').textContent()).toContain('Rhythm');
    expect(await card.getByRole('list', { name: 'Why it was found' }).count()).toBe(1);
  });

  it('asks an example by a click and comes back to it with the back button', async () => {
    await open();
    await page.getByRole('link', { name: 'Vorhofflimmern' }).click();
    await hits().first().waitFor();
    const first = await hits().first().getAttribute('aria-label');
    await hits().first().getByRole('link', { name: 'Open', exact: true }).click();
    await page.locator('.ecg-head h1').waitFor();
    await page.goBack();
    await hits().first().waitFor();
    expect(await hits().first().getAttribute('aria-label')).toBe(first);
    expect(await page.getByRole('searchbox').first().inputValue()).toBe('Vorhofflimmern');
  });

  it('keeps level, count and filter in the address', async () => {
    await open('#/search?q=sinus+rhythm&where=sex%3Dfemale&level=rhythm&k=20');
    await hits().first().waitFor();
    const facts = await page.locator('article.hit .facts').allTextContents();
    expect(facts.every((one) => one.includes('female'))).toBe(true);
    expect(await page.getByRole('radio', { name: 'Rhythm' }).isChecked()).toBe(true);
    await page.locator('.segments label', { hasText: 'Beat' }).click();
    await page.waitForURL(/level=beat/);
    expect(page.url()).toContain('k=20');
  });

  it('finds more like a hit, without the hit itself', async () => {
    await open('#/search?q=left+bundle+branch+block');
    const card = hits().first();
    const record = await card.locator('h2 a').textContent();
    await card.getByRole('link', { name: 'More like this' }).click();
    await page.locator('.like-line').waitFor();
    await hits().first().waitFor();
    const like = page.locator('.like-line');
    await expect.poll(() => like.textContent(), POLL).toContain(record);
    expect(await page.locator('article.hit h2 a').allTextContents()).not.toContain(record);
  });

  it('shows one ECG with its findings, similar cases and another layout', async () => {
    await open('#/search?q=old+inferior+infarction');
    await hits().first().getByRole('link', { name: 'Open', exact: true }).click();
    await page.locator('.findings tbody tr').first().waitFor();
    await page.locator('.cases li').first().waitFor();
    expect(await drawnWidth('.trace img')).toBeGreaterThan(500);
    expect(await page.locator('.heart-rate strong').textContent()).toMatch(/^\d+$/);
    await page.getByLabel('Layout').selectOption('12x1');
    await page.waitForURL(/layout=12x1/);
    expect(await page.locator('.trace img').getAttribute('src')).toContain('layout=12x1');
    expect(await drawnWidth('.trace img')).toBeGreaterThan(500);
  });

  it('scores the labels that are chosen', async () => {
    await open('#/search?q=atrial+fibrillation');
    await hits().first().getByRole('link', { name: 'Open', exact: true }).click();
    await page.getByRole('button', { name: 'Choose labels' }).click();
    await page.getByRole('searchbox', { name: 'Narrow the labels' }).fill('Vorhofflimmern');
    const option = page.locator('.label-list li').first();
    await option.waitFor();
    await option.locator('input').check();
    const rows = page.locator('.findings tbody tr');
    await expect.poll(() => rows.count(), POLL).toBe(1);
    expect(await rows.textContent()).toContain('trial fibrillation');
  });

  it('drafts a report whose sentences open their evidence', async () => {
    await open('#/search?q=sinus+bradycardia');
    await hits().first().getByRole('link', { name: 'Draft report' }).click();
    const sentence = page.locator('button.sentence').first();
    await sentence.waitFor();
    await page.locator('.tag.draft', { hasText: /^draft$/ }).waitFor();
    expect(await page.locator('.disclaimer').isVisible()).toBe(true);
    expect(await page.locator('.cited:visible').count()).toBe(0);
    await sentence.click();
    expect(await page.locator('.cited:visible li').count()).toBeGreaterThan(0);
    expect(await sentence.getAttribute('aria-expanded')).toBe('true');
  });

  it('shows an uploaded recording with its trace, findings and similar cases', async () => {
    await open('#/upload');
    await page.locator('input[type=file]').setInputFiles(UPLOAD);
    await page.waitForURL(/#\/ecg\/upload/);
    expect(await drawnWidth('.trace img')).toBeGreaterThan(500);
    await page.locator('.findings tbody tr').first().waitFor();
    await page.locator('.cases li').first().waitFor();
    expect(await page.locator('.ecg-head h1').textContent()).toBe('Uploaded recording');
    expect(await page.locator('.ecg-view .notice').first().textContent()).toContain('not stored');
  });

  it('explains an upload that cannot be a recording, and a filter it does not understand', async () => {
    await open('#/upload');
    await page.locator('input[type=file]').setInputFiles(UPLOAD.slice(0, 1));
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('is a header alone');
    await open('#/search?q=sinus&where=nonsense');
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('not understood');
    // The browser itself reports the answer of status 400.
    complaints = complaints.filter((one) => !one.includes('status of 400'));
  });

  it('is worked by keyboard alone', async () => {
    await open();
    await page.locator('.welcome').waitFor();
    await page.keyboard.type('normal ECG');
    await page.keyboard.press('Enter');
    await hits().first().waitFor();
    let focused = '';
    for (let count = 0; count < 40 && focused !== 'Open'; count++) {
      await page.keyboard.press('Tab');
      focused = await inPage<string>('document.activeElement.textContent');
    }
    await page.keyboard.press('Enter');
    await page.locator('.ecg-head h1').waitFor();
    expect(await inPage('document.activeElement.tagName')).toBe('H1');
  });

  it('fits a phone: nothing is wider than the screen', async () => {
    await page.setViewportSize(PHONE);
    await open('#/search?q=atrial+fibrillation');
    await hits().first().waitFor();
    const excess = () => inPage('document.body.parentElement.scrollWidth - innerWidth');
    expect(await excess()).toBe(0);
    await hits().first().getByRole('link', { name: 'Draft report' }).click();
    await page.locator('button.sentence').first().waitFor();
    await page.locator('.findings tbody tr').first().waitFor();
    expect(await excess()).toBe(0);
  });

  it('shows what was measured, and draws where waves begin and end when asked', async () => {
    await open();
    await search('sinus rhythm');
    await hits().first().getByRole('link', { name: 'Open', exact: true }).click();
    const panel = page.locator('.measurements');
    await panel.locator('dl').waitFor();
    const text = await panel.locator('dl').textContent();
    expect(text).toMatch(/Heart rate\d+ \/minPR\d+ msQRS\d+ msQT\d+ msQTc Bazett\d+ ms/);
    expect(text).toMatch(/Axes P, QRS, T[\u2212\d]+\u00b0, [\u2212\d]+\u00b0, [\u2212\d]+\u00b0/);
    await panel.locator('summary').click();
    expect(await panel.locator('tbody tr').count()).toBe(12);
    const source = () => page.locator('.trace img').getAttribute('src');
    expect(await source()).not.toContain('fiducials');
    await page.getByRole('checkbox', { name: 'Wave boundaries' }).check();
    await expect.poll(source, POLL).toContain('fiducials=1');
    expect(page.url()).toContain('fiducials=1');
    expect(await drawnWidth('.trace img')).toBeGreaterThan(500);
  });
});
