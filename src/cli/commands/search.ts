/** `pqrsearch search`: a question to an archive. */
import type { Command } from 'commander';
import { PqrError } from '../../ecg/errors.js';
import { DEFAULT_LIMITS } from '../../ecg/limits.js';
import {
  type HitEvidence,
  SEARCH_LEVELS,
  type SearchHit,
  type SearchLevel,
  type SearchResult,
} from '../../search/ports.js';
import type { CliContext } from '../context.js';
import { printJson, wholeNumber } from '../output.js';
import { type ReadFlags, readOptions, withReadOptions } from './files.js';

interface SearchFlags extends ReadFlags {
  readonly archive: string;
  readonly k: number;
  readonly like?: string;
  readonly beat?: number;
  readonly level: SearchLevel;
  readonly where?: string;
  readonly acceptableOnly?: boolean;
  readonly model?: string;
  readonly json?: boolean;
}

export function addSearchCommand(program: Command, context: CliContext): void {
  withReadOptions(program.command('search [text]'))
    .description('find recordings by plain words, by an ECG (--like), or by both')
    .requiredOption('--archive <dir>', 'the archive')
    .option('-k <number>', 'how many hits', wholeNumber('-k', 1, DEFAULT_LIMITS.hitCount), 10)
    .option('--like <file>', 'an ECG file to find others like')
    .option(
      '--beat <number>',
      'which beat of --like to compare, from 0 (with --level beat)',
      wholeNumber('--beat', 0, 100_000),
    )
    .option('--level <level>', SEARCH_LEVELS.join(', '), parseLevel, 'fused')
    .option('--where <expression>', "filter, e.g. 'age>=60 and sex=male'")
    .option('--acceptable-only', 'only recordings whose signal was judged acceptable')
    .option('--model <name>', 'which model embeds the question; the archive must be made by it')
    .option('--json', 'print one JSON object')
    .action(async (text: string | undefined, flags: SearchFlags) => {
      const app = context.app({ modelName: flags.model });
      const service = await app.openService(flags.archive);
      const like =
        flags.like === undefined ? undefined : await app.readEcg(flags.like, readOptions(flags));
      const result = await service.search({
        k: flags.k,
        level: flags.level,
        ...(text !== undefined && { text }),
        ...(like && { like }),
        ...(flags.beat !== undefined && { beatIndex: flags.beat }),
        ...(flags.where !== undefined && { where: flags.where }),
        ...(flags.acceptableOnly && { acceptableOnly: true }),
        ...(context.signal && { signal: context.signal }),
      });
      if (flags.json) printJson(context.terminal, result);
      else printHits(context, result);
    });
}

function parseLevel(text: string): string {
  if ((SEARCH_LEVELS as readonly string[]).includes(text)) return text;
  throw new PqrError(
    'query.level',
    `--level is '${text}'; allowed are ${SEARCH_LEVELS.join(', ')}.`,
  );
}

function printHits({ terminal }: CliContext, result: SearchResult): void {
  for (const notice of result.notices) terminal.error(`note: ${notice}\n`);
  result.hits.forEach((hit, index) => {
    terminal.out(hitText(hit, index + 1));
  });
}

function momentText({ phrase, startSeconds, endSeconds }: HitEvidence): string {
  if (startSeconds === undefined || endSeconds === undefined) return phrase;
  return `${phrase} at ${startSeconds.toFixed(1)} to ${endSeconds.toFixed(1)} s`;
}

function hitText(
  { record, score, levels, metadata, report, evidence, quality }: SearchHit,
  rank: number,
): string {
  const { age, sex, codes } = metadata;
  const person = [age === null ? null : `${age} years`, sex].filter(Boolean).join(', ');
  const perLevel = Object.entries(levels).map(([level, value]) => `${level} ${value}`);
  const beat = evidence.find((one) => one.level === 'beat');
  const where =
    beat?.startSeconds === undefined ? '' : `  beat at ${beat.startSeconds.toFixed(1)} s`;
  const moments = evidence.filter((one) => one.level === 'token').map(momentText);
  const lines = [
    `${String(rank).padStart(3)}. ${record}  ${score.toFixed(4)}  (${perLevel.join(', ')})${where}`,
    `     ${[person, codes.join(' ')].filter(Boolean).join(' | ')}`,
    ...(moments.length > 0 ? [`     ${moments.join(', ')}`] : []),
    ...(quality?.acceptable === false
      ? [`     not acceptable (quality ${quality.score}): ${quality.reasons.join(' ')}`]
      : []),
    ...(report ? [`     ${report}`] : []),
  ];
  return lines.filter((line) => line.trim() !== '').join('\n');
}
