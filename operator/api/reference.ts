/** The schema of a kind → a page that lists every field of it. */

interface Field {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Field>>;
  readonly required?: readonly string[];
  readonly items?: Field;
  readonly additionalProperties?: unknown;
}

interface Definition {
  readonly spec: {
    readonly names: { readonly kind: string };
    readonly versions: readonly [{ readonly schema: { readonly openAPIV3Schema: Field } }];
  };
}

/** Markdown: one row per field of `spec` and `status`, in the order of the schema. */
export function referencePage(definition: unknown): string {
  const { names, versions } = (definition as Definition).spec;
  const root = versions[0].schema.openAPIV3Schema;
  const rows = ['spec', 'status'].flatMap((name) => {
    const field = root.properties?.[name];
    return field ? rowsOf(name, field, root.required?.includes(name) ?? false) : [];
  });
  const lines = [
    '<!-- Generated from operator/api by `npm run generate`: do not edit. -->',
    `# ${names.kind}`,
    '',
    root.description ?? '',
    '',
    '| field | type | meaning |',
    '|---|---|---|',
    ...rows,
  ];
  return `${lines.join('\n')}\n`;
}

function rowsOf(path: string, field: Field, isRequired: boolean): readonly string[] {
  const inner = field.items ?? field;
  const prefix = field.items ? `${path}[]` : path;
  const required = inner.required ?? [];
  const children = Object.entries(inner.properties ?? {}).flatMap(([name, child]) =>
    rowsOf(`${prefix}.${name}`, child, required.includes(name)),
  );
  return [`| \`${path}\` | ${typeOf(field)} | ${meaningOf(field, isRequired)} |`, ...children];
}

function typeOf(field: Field): string {
  if (field.enum) return field.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (field.items) return field.items.type ? `list of ${field.items.type}` : 'list';
  if (field.additionalProperties) return 'map';
  return field.type ?? 'any';
}

function meaningOf(field: Field, isRequired: boolean): string {
  const words = (field.description ?? '').replaceAll('|', '\\|');
  const fallback = field.default === undefined ? '' : ` Default: \`${JSON.stringify(field.default)}\`.`;
  return `${words}${isRequired && field.default === undefined ? ' Required.' : ''}${fallback}`.trim();
}
