/** Tables of README.md and the model card, made from eval/results/model.json, ablations.json and encoder.json. */

// biome-ignore lint/suspicious/noExplicitAny: files of our own, written by eval/model.ts and its neighbours
export type Json = any;

const SETS: Readonly<Record<string, string>> = {
  super: 'PTB-XL fold 10, super',
  sub: 'sub',
  form: 'form',
  rhythm: 'rhythm',
  cpsc2018: 'CPSC2018, own windows',
  cpsc2018FiveSeconds: 'CPSC2018, first 5 s',
};

export const three = (value: number) => value.toFixed(3);
export const signed = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`;
export const interval = ([low, high]: [number, number]) => `${three(low)}–${three(high)}`;
const signedInterval = ([low, high]: [number, number]) => `${signed(low)} to ${signed(high)}`;
const whole = (value: number) => value.toLocaleString('en');

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

/** The model against the supervised anchor on every set. */
export function labelTable({ sets }: Json): string {
  return table(
    [
      'Label names against the ECG',
      'n, labels',
      'Macro AUROC (95 %)',
      'Supervised anchor',
      'Difference (95 %, paired)',
    ],
    Object.entries<Json>(sets).map(([name, one]) => [
      SETS[name]!,
      `${one.n}, ${Object.keys(one.labels).length}`,
      `${three(one.macroAuroc)} (${interval(one.macroAurocCi)})`,
      three(one.againstAnchor.macroAuroc),
      `${signed(one.againstAnchor.difference)} (${signedInterval(one.againstAnchor.differenceCi)})`,
    ]),
  );
}

/** Fewer leads against all twelve, superclasses. */
export function leadTable({ leads, sets }: Json): string {
  return table(
    ['Leads', 'Macro AUROC, super (95 %)', 'Against 12 leads (95 %, paired)'],
    [
      ['12', `${three(sets.super.macroAuroc)} (${interval(sets.super.macroAurocCi)})`, ''],
      ...Object.entries<Json>(leads).map(([name, one]) => [
        name,
        `${three(one.macroAuroc)} (${interval(one.macroAurocCi)})`,
        `${signed(one.against12Leads.difference)} (${signedInterval(one.against12Leads.differenceCi)})`,
      ]),
    ],
  );
}

/** Concepts that training never named, and how the bundled model, which knew them, does on them. */
export function heldOutTable({ heldOut: { trainedWithThem, withoutThem } }: Json): string {
  const models = [...withoutThem, trainedWithThem];
  const labels = Object.keys(trainedWithThem.labels);
  const mean = models.map(
    (one: Json) => `${three(one.macroAuroc)} (${interval(one.macroAurocCi)})`,
  );
  return table(
    [
      'Held-out concept',
      'Positives',
      ...withoutThem.map((one: Json) => one.model.name),
      'trained with them',
    ],
    [
      ...labels.map((code) => [
        code,
        `${trainedWithThem.labels[code].positives}`,
        ...models.map((one: Json) => three(one.labels[code].auroc)),
      ]),
      ['mean (95 %)', '', ...mean],
    ],
  );
}

export function heldOutLine({ heldOut: { trainedWithThem, withoutThem } }: Json): string {
  const count = Object.keys(trainedWithThem.labels).length;
  const found = withoutThem.map(
    (one: Json) => `${three(one.macroAuroc)} (${interval(one.macroAurocCi)}; ${one.model.name})`,
  );
  return `Zero-shot in the strict sense, ${count} concepts whose codes and wording were kept from training (models of their own; folds 9 and 10, n ${trainedWithThem.n}): mean AUROC ${found.join(' and ')}; trained with them ${three(trainedWithThem.macroAuroc)}.`;
}

const LEAD_AIMS: Readonly<Record<string, number>> = {
  I: 0.08,
  II: 0.07,
  'II, V1, V5': 0.03,
  'limb six': 0.05,
};

const BASELINES: Readonly<Record<string, string>> = {
  nearestNeighbour: 'Ten nearest recordings of folds 1-8 (labels, no language)',
  textOnly: "The report's own words (no signal; needs a report)",
  random: 'Untrained weights',
  first: 'The first bundled model (pqr-resnet 1.0.0)',
  reports: 'Trained on report text alone, no text made from codes',
};

/** What was aimed at, and what was reached; the interval decides where there is one. */
export function aimsTable(
  { sets, leads, heldOut: { withoutThem } }: Json,
  looked: Json,
  encoder: Json,
): string {
  const anchor = Object.entries<Json>(sets)
    .filter(([name]) => name !== 'cpsc2018FiveSeconds')
    .map(([name, one]) => [
      `${SETS[name]}: not below the anchor`,
      `${signed(one.againstAnchor.difference)} (${signedInterval(one.againstAnchor.differenceCi)})`,
      one.againstAnchor.verdict === 'below' ? 'no' : 'yes',
    ]);
  const fewer = Object.entries(LEAD_AIMS).map(([name, aim]) => {
    const { difference, differenceCi } = leads[name].against12Leads;
    return [
      `Leads ${name}: within ${aim.toFixed(2)} of 12`,
      `${signed(difference)} (${signedInterval(differenceCi)})`,
      difference >= -aim ? 'yes' : 'no',
    ];
  });
  const [strict] = withoutThem;
  return table(
    ['Aim', 'Reached', ''],
    [
      ...anchor,
      [
        'CPSC2018: 0.86',
        three(sets.cpsc2018.macroAuroc),
        sets.cpsc2018.macroAuroc >= 0.86 ? 'yes' : 'no',
      ],
      [
        'Held-out concepts: mean 0.75',
        `${three(strict.macroAuroc)} (${interval(strict.macroAurocCi)})`,
        strict.macroAuroc >= 0.75 ? 'yes' : 'no',
      ],
      ...fewer,
      [
        'Best beat an ectopic one, looked at: 85 %',
        `${looked.ectopic} of ${looked.cases.length}`,
        looked.ectopic >= 0.85 * looked.cases.length ? 'yes' : 'no',
      ],
      [
        'Windows a second, against PyTorch: 1.3 times',
        `${encoder.nodeTimesTorch.median.toFixed(2)} with as many threads, ${encoder.nodeTimesTorchAllThreads.median.toFixed(2)} against all cores`,
        encoder.nodeTimesTorch.median >= 1.3 ? 'yes' : 'no',
      ],
      [
        'Text query: under 12 ms',
        `${encoder.textQueryMilliseconds.median.toFixed(1)} ms`,
        encoder.textQueryMilliseconds.median < 12 ? 'yes' : 'no',
      ],
    ],
  );
}

/** The model against the one that it replaced, in a sentence. */
export function formerLine({ sets, baselines: { first } }: Json): string {
  const pairs = Object.keys(sets)
    .filter((name) => name !== 'cpsc2018FiveSeconds')
    .map((name) => {
      const { difference, verdict } = first[name].modelAgainstIt;
      return `${name} ${signed(difference)}${verdict === 'equal' ? '' : ` (${verdict})`}`;
    });
  return `Against pqr-resnet, which it replaced and which has no tokens, attention map or captions: ${pairs.join(', ')}; where nothing is said the interval holds 0.`;
}

/** Every other way to score the same labels. */
export function baselineTable({ sets, baselines }: Json): string {
  const names = Object.keys(sets);
  const row = (title: string, found: Json) => [
    title,
    ...names.map((name) => (found[name] ? three(found[name].macroAuroc) : '–')),
  ];
  return table(
    ['Macro AUROC', ...names.map((name) => SETS[name]!.replace('PTB-XL fold 10, ', ''))],
    [
      row('This model', sets),
      ...Object.entries(BASELINES)
        .filter(([key]) => baselines[key])
        .map(([key, title]) => row(title, baselines[key])),
    ],
  );
}

export function classTable({ sets }: Json): string {
  const rows = Object.entries<Json>(sets)
    .filter(([name]) => name !== 'cpsc2018FiveSeconds')
    .flatMap(([name, one]) =>
      Object.entries<Json>(one.labels).map(([label, figures]) => [
        name,
        label,
        `${figures.positives}`,
        three(figures.auroc),
        three(figures.averagePrecision),
      ]),
    );
  return table(['Set', 'Label', 'Positives', 'AUROC', 'Average precision'], rows);
}

export function retrievalLine({ reportToEcg: one }: Json): string {
  return `Report to ECG (${whole(one.reports)} reports, ${whole(one.recordings)} recordings, equal reports one class): median rank ${one.medianRank}, recall at 10 ${three(one.recallAt10)} (chance ${three(one.chance.recallAt10)}), label-aware nDCG at 10 ${three(one.ndcgAt10)} (chance ${three(one.chance.ndcgAt10)}).`;
}

export function beatLine({ beats }: Json): string {
  const part = (one: Json, name: string) =>
    `${one.ectopicFirst} of ${one.recordings} ${name} (chance ${one.chance.toFixed(2)})`;
  return `The best-matching beat is an ectopic one in ${part(beats.pvc, 'PVC')} and ${part(beats.pac, 'PAC')} recordings of folds 9 and 10, by rule. At token level the best time cell lies on such a beat in ${beats.pvc.cellOnEctopic} (chance ${beats.pvc.cellChance.toFixed(2)}) and ${beats.pac.cellOnEctopic} (chance ${beats.pac.cellChance.toFixed(2)}).`;
}

export function ablationTable({ runs }: Json): string {
  return table(
    ['Short run', 'Mean macro AUROC', 'Difference (95 %, paired)', ''],
    Object.entries<Json>(runs).map(([name, one]) => [
      name,
      three(one.macroAuroc),
      name === 'full' ? '' : `${signed(one.difference)} (${signedInterval(one.differenceCi)})`,
      name === 'full' ? '' : one.verdict,
    ]),
  );
}

export function speedLine({
  machine,
  rounds,
  runtimeThreads,
  nodeTimesTorchAllThreads,
  windowsPerSecond,
  nodeTimesTorch,
  textQueryMilliseconds,
}: Json): string {
  return `On ${machine.threads} cores (${machine.cpu}): ${windowsPerSecond.node.median.toFixed(0)} windows a second through the graph in Node, ${nodeTimesTorch.median.toFixed(2)} times PyTorch ${machine.torch} with as many threads (${runtimeThreads}; range ${nodeTimesTorch.min.toFixed(2)}–${nodeTimesTorch.max.toFixed(2)} over ${rounds} rounds by turns) and ${nodeTimesTorchAllThreads.median.toFixed(2)} times PyTorch on all cores; a text query takes ${textQueryMilliseconds.median.toFixed(1)} ms (p95 ${textQueryMilliseconds.p95.toFixed(1)}).`;
}
