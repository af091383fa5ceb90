/** Any JSON value for people: `name: value` a line, what is inside indented. */
export function plainLines(value: unknown, indent = ''): string[] {
  if (!isComposite(value)) return [`${indent}${scalarText(value)}`];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    if (inner === undefined) return [];
    if (!isComposite(inner)) return [`${indent}${name}: ${scalarText(inner)}`];
    const lines = plainLines(inner, `${indent}  `);
    return lines.length === 0 ? [`${indent}${name}: none`] : [`${indent}${name}:`, ...lines];
  });
}

function isComposite(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function scalarText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
