/** Kubernetes conditions: what holds, since when, and why. */
import type { Condition } from './kube/kinds.ts';

export interface Finding {
  readonly type: string;
  readonly status: Condition['status'];
  /** CamelCase. */
  readonly reason: string;
  /** A sentence. */
  readonly message: string;
}

export interface ConditionContext {
  readonly previous: readonly Condition[] | undefined;
  /** RFC 3339. */
  readonly now: string;
  readonly generation?: number | undefined;
}

/** Findings as conditions; the time is that of the last change of status, kept from the previous ones. */
export function conditions(findings: readonly Finding[], context: ConditionContext): readonly Condition[] {
  const { previous = [], now, generation } = context;
  return findings.map((finding) => {
    const before = previous.find(({ type }) => type === finding.type);
    const since = before?.status === finding.status ? before.lastTransitionTime : undefined;
    return {
      ...finding,
      lastTransitionTime: since ?? now,
      ...(generation !== undefined && { observedGeneration: generation }),
    };
  });
}

export function condition(list: readonly Condition[] | undefined, type: string): Condition | undefined {
  return list?.find((c) => c.type === type);
}

export function isTrue(list: readonly Condition[] | undefined, type: string): boolean {
  return condition(list, type)?.status === 'True';
}
