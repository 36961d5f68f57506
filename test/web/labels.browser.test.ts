/** The labels view in a real browser over the real service and a small archive of the sample recordings. */
import { type Browser, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openTinyApp, type TinyApp } from '../support/tiny-app.js';
import { findChromium } from './chromium.js';

const executablePath = findChromium();

describe.skipIf(executablePath === undefined)('the labels view', { timeout: 180_000 }, () => {
  let tiny: TinyApp;
  let listening: Awaited<ReturnType<TinyApp['app']['serve']>>;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    tiny = await openTinyApp();
    listening = await tiny.app.serve(tiny.archive);
    browser = await chromium.launch({
      executablePath: executablePath!,
      args: ['--no-sandbox', '--disable-gpu'],
    });
  });
  afterAll(async () => {
    await browser?.close();
    await listening?.close();
    await tiny?.close();
  });
  beforeEach(async () => {
    page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
    page.setDefaultTimeout(60_000);
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('dialog', (dialog) => dialog.accept());
  });
  afterEach(async () => {
    await page.close();
    expect(complaints).toEqual([]);
  });
  const open = (hash: string) => page.goto(`${listening.url}/${hash}`);

  it('defines a label with a sentence, shows its scores, changes it and removes it', async () => {
    await open('');
    await page.getByRole('link', { name: 'Labels' }).click();
    await page.getByLabel('Name or sentence').fill('fast <b>rhythm</b>');
    await page.getByLabel('Only with').fill('TACHY');
    await page.getByRole('button', { name: 'Define the label' }).click();
    await page.getByRole('heading', { name: 'Highest scores' }).waitFor();
    expect(await page.locator('h1').textContent()).toBe('fast <b>rhythm</b>');
    expect(await page.locator('article.hit').count()).toBe(12);
    expect(await page.locator('svg.histogram rect').count()).toBe(20);
    expect(
      await page.getByText('tachycardia needs heart rate above 100 bpm').count(),
    ).toBeGreaterThan(0);
    expect(page.url()).toContain('#/labels?key=fast-b-rhythm-b');

    await page.getByLabel('Other wordings').fill('tachycardic\nvery fast');
    await page.getByRole('button', { name: 'Save as a new version' }).click();
    await page.getByText('version 2').waitFor();
    await page.getByText('fast <b>rhythm</b> / tachycardic / very fast').waitFor();

    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('heading', { name: 'A label of your own' }).waitFor();
    expect(await page.getByText('v2').count()).toBe(0);
  });

  it('fits a phone: nothing is wider than the screen', async () => {
    await page.setViewportSize({ width: 360, height: 740 });
    await open('#/labels');
    await page.getByLabel('Name or sentence').fill(`a ${'very '.repeat(30)}long sentence`);
    await page.getByRole('button', { name: 'Define the label' }).click();
    await page.locator('article.hit').first().waitFor();
    const excess = await page.evaluate<number>(
      'document.body.parentElement.scrollWidth - innerWidth',
    );
    expect(excess).toBeLessThanOrEqual(0);
  });

  it('says what the service refuses', async () => {
    await open('#/labels');
    await page.getByLabel('Name or sentence').fill('x');
    await page.getByLabel('Never with').fill('no such finding');
    await page.getByRole('button', { name: 'Define the label' }).click();
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toContain('no such finding');
  });

  it('offers own labels where labels are chosen for a recording', async () => {
    await open('#/labels');
    await page.getByLabel('Name or sentence').fill('a strange wave in lead II');
    await page.getByRole('button', { name: 'Define the label' }).click();
    await page.locator('article.hit h3 a').first().click();
    await page.getByRole('button', { name: 'Choose labels' }).click();
    await page.getByLabel('Narrow the labels').fill('strange wave');
    await page.locator('.label-list').getByRole('checkbox').first().check();
    const row = page.locator('table.findings tbody tr').first();
    await row.getByText('a strange wave in lead II').waitFor();
  });
});
