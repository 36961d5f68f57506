/** Which model answers here, what it can do and what it lacks: a feature that is absent is said to be. */
import type { ArchiveInfo } from './api-types.js';

/** Whether the archive's model has a feature; undefined while that is not known. */
export function hasFeature(info: ArchiveInfo | undefined, feature: string): boolean | undefined {
  return info && (info.model.features ?? []).includes(feature);
}

export function ModelLine({ info }: { info: ArchiveInfo }) {
  const { name, version, features = [], lacking = [] } = info.model;
  const levels = info.levels.map((one) => (typeof one === 'string' ? one : one.level));
  const without = lacking.map(({ feature, serves }) => `${feature} (${serves})`);
  return (
    <p>
      Model {name} {version}, levels {levels.join(', ')}.
      {features.length === 0 ? null : ` It has ${features.join(', ')}.`}
      {without.length === 0 ? null : ` It lacks ${without.join(', ')}.`}
    </p>
  );
}
