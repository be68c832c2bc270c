/** The Job of one attempt at a trial: the user's template with its references replaced, and what every Job must have. */
import type { Value } from '../../src/model.ts';
import { API_VERSION, STUDY_LABEL, TRIAL_LABEL } from '../api/common.ts';
import type { Study } from '../api/study.ts';
import type { Trial } from '../api/trial.ts';
import type { Container, EnvVar, Job, JobSpec, PodSpec } from '../kube/kinds.ts';
import { priorityLabels } from './queue.ts';
import { resolve } from './references.ts';
