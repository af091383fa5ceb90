import { definitions, sectionDescriptions, type Settings } from './definitions.js';
import { settingList } from './setting-list.js';

const INTRODUCTION = `# Settings

Settings come from a file (\`settings.toml\`), over it environment variables, over both flags of \`corecache serve\`. A
setting that nobody gives has its default. An unknown name or a value that is not allowed ends the start with an error that
names the file and line, the variable or the flag, and says what is allowed.

Sizes and times are written with their unit: \`"64MiB"\` (B, KiB, MiB, GiB, TiB), \`"30s"\` (ms, s, m, h, d). A relative path in
the file is meant from the file's own folder; in a variable or a flag, from the working directory.

This page is made from the definitions in \`src/settings/definitions.ts\`, as is \`settings.toml\`; a test keeps them equal.
`;

/** `docs/settings.md`: every setting with all its names. */
export function renderSettingsPage(): string {
  const sections = (Object.keys(definitions) as (keyof Settings)[]).map(renderSection);
  return `${INTRODUCTION}\n${sections.join('\n')}`;
}

function renderSection(section: keyof Settings): string {
  const settings = settingList.filter((named) => named.section === section);
  const items = settings.map(({ key, flag, variable, setting }) => {
    const initial = setting.render(setting.default);
    return `- **\`${key}\`** = \`${initial}\`: ${setting.description}.\n  Allowed: ${setting.allowed}. \`--${flag}\`, \`${variable}\`.\n`;
  });
  return `## ${section}\n\n${sectionDescriptions[section]}\n\n${items.join('')}`;
}
