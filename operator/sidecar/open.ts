/** The source that a configuration names. */
import type { SidecarConfig } from './config.ts';
import { FileSource } from './file.ts';
import { PrometheusSource } from './prometheus.ts';
import type { MetricsSource, Notice } from './source.ts';
import { TensorBoardSource } from './tensorboard/folder.ts';

export function openSource({ source, names }: SidecarConfig, notice: Notice): MetricsSource {
  switch (source.kind) {
    case 'file':
      return new FileSource(source);
    case 'tensorBoard':
      return new TensorBoardSource(source, names, notice);
    case 'prometheus':
      return new PrometheusSource(source, names, notice);
  }
}
