/** What the service measured: rate, intervals, axes and voltages, and amplitudes lead by lead. */
import { getMeasurements } from './api.js';
import type { Measurements } from './api-types.js';
import { countText, numberText, unitText } from './format.js';
import { Failure, Loading } from './notices.js';
import { useLoad } from './use-load.js';

export function MeasurementPanel({ ecgId }: { ecgId: string }) {
  const measured = useLoad(`measurements ${ecgId}`, (signal) => getMeasurements(ecgId, signal));
  return (
    <section class="panel measurements" aria-labelledby="measurements-title">
      <h2 id="measurements-title">Measurements</h2>
      {measured.status === 'failed' ? (
        <Failure problem={measured.problem} retry={measured.retry} />
      ) : measured.status === 'ready' ? (
        <Values measured={measured.value} />
      ) : (
        <Loading what="Measuring" />
      )}
    </section>
  );
}

function Values({ measured }: { measured: Measurements }) {
  const { qtcMilliseconds: qtc, axisDegrees: axis, voltages } = measured;
  const rows: readonly [string, string][] = [
    ['Heart rate', unitText(measured.heartRateBpm, '/min')],
    ['PR', unitText(measured.prMilliseconds, 'ms')],
    ['QRS', unitText(measured.qrsMilliseconds, 'ms')],
    ['QT', unitText(measured.qtMilliseconds, 'ms')],
    ['QTc Bazett', unitText(qtc.bazett, 'ms')],
    ['QTc Fridericia', unitText(qtc.fridericia, 'ms')],
    ['QTc Framingham', unitText(qtc.framingham, 'ms')],
    ['QTc Hodges', unitText(qtc.hodges, 'ms')],
    ['Axes P, QRS, T', [axis.p, axis.qrs, axis.t].map((one) => unitText(one, '\u00b0')).join(', ')],
    ['Sokolow-Lyon', unitText(voltages.sokolowLyon, 'mV', 2)],
    ['Cornell', unitText(voltages.cornell, 'mV', 2)],
    ['Beats', beatsText(measured)],
  ];
  return (
    <>
      <dl class="rows">
        {rows.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <Leads measured={measured} />
      <p class="quiet">
        Medians over the beats of the usual shape, from {measured.method} wave boundaries; a dash
        where nothing was found. {'\u201cWave boundaries\u201d'} above the trace shows where they
        lie.
      </p>
    </>
  );
}

function Leads({ measured: { amplitudes, stLevels } }: { measured: Measurements }) {
  if (amplitudes.length === 0) return null;
  return (
    <details>
      <summary>Amplitudes and ST levels in mV</summary>
      <table class="lead-values">
        <thead>
          <tr>
            {['Lead', 'P', 'Q', 'R', 'S', 'T', 'J', 'J+60'].map((name) => (
              <th key={name} scope="col">
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {amplitudes.map(({ lead, p, q, r, s, t }, index) => (
            <tr key={lead}>
              <th scope="row">{lead}</th>
              {[p, q, r, s, t, stLevels[index]?.j ?? null, stLevels[index]?.j60 ?? null].map(
                (value, column) => (
                  <td key={column}>{numberText(value, 2)}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}

function beatsText({ beats, ectopicBeats }: Measurements): string {
  const count = (origin: string) => ectopicBeats.filter((beat) => beat.origin === origin).length;
  const parts = [countText(beats.length, 'beat', 'beats')];
  const [other, usual] = [count('ventricular'), count('supraventricular')];
  if (other > 0) parts.push(`${other} early or wide with another shape`);
  if (usual > 0) parts.push(`${usual} early with the usual shape`);
  return parts.join(', ');
}
