/**
 * A lead that was not recorded but computed from others (src/signal/lead-repair.ts). The mark is a field of the
 * record and also a comment, so that it stays with the recording through files and archives.
 */

export interface ReconstructedLead {
  readonly lead: string;
  /** `limb-identity` is exact; `regression` shows what is usual, with the error that follows. */
  readonly method: 'limb-identity' | 'regression';
  /** The leads it was computed from. */
  readonly from: readonly string[];
  /** Expected root mean square error, millivolts; 0 for an identity. */
  readonly rmseMillivolts: number;
}

const COMMENT =
  /^Reconstructed lead: (\S+) \((limb-identity|regression) from ([^();]+); error (\d+(?:\.\d+)?) mV\)$/;

export function reconstructedComment(one: ReconstructedLead): string {
  const { lead, method, from, rmseMillivolts } = one;
  return `Reconstructed lead: ${lead} (${method} from ${from.join(' ')}; error ${rmseMillivolts} mV)`;
}

/** What comments say of reconstructed leads; only of leads that the record has. */
export function reconstructedOf(
  comments: readonly string[],
  leads: readonly string[],
): ReconstructedLead[] {
  return comments.flatMap((comment) => {
    const [, lead, method, from, error] = COMMENT.exec(comment) ?? [];
    if (lead === undefined || !leads.includes(lead)) return [];
    return [
      {
        lead,
        method: method as ReconstructedLead['method'],
        from: from!.split(' '),
        rmseMillivolts: Number(error),
      },
    ];
  });
}
