/** Resources of the primary container by how far its trial may run. Pure. */
import type { StudySpec } from '../api/study.ts';
import type { Container } from '../kube/kinds.ts';

type Profile = NonNullable<StudySpec['resourceProfiles']>[number];
type Quantities = Readonly<Record<string, string | number>>;

/** The container of a Job that trains towards this resource level. */
export function withProfile(container: Container, { resourceProfiles = [] }: StudySpec, level: number): Container {
  const fitting = resourceProfiles.filter(({ fromLevel }) => fromLevel <= level);
  const profile = fitting.toSorted((a, b) => a.fromLevel - b.fromLevel).at(-1);
  if (!profile) return container;
  const { limits, requests, ...others } = container.resources ?? {};
  const resources = {
    ...others,
    ...present('limits', overlaid(limits, profile.limits, profile)),
    ...present('requests', overlaid(requests, profile.requests, profile)),
  };
  return { ...container, resources };
}

function overlaid(own: Quantities = {}, over: Quantities = {}, { remove = [] }: Profile): Quantities {
  const kept = Object.entries(own).filter(([name]) => !remove.includes(name));
  return { ...Object.fromEntries(kept), ...over };
}

function present(field: string, quantities: Quantities): Readonly<Record<string, Quantities>> {
  return Object.keys(quantities).length === 0 ? {} : { [field]: quantities };
}
