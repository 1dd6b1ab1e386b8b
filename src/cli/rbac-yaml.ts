import { Document, isMap, isSeq, type YAMLMap } from 'yaml';
import type { Rights } from '../domain/rbac.ts';
import type { RbacObject } from './rbac-objects.ts';

export interface ClusterRights {
  readonly title: string;
  readonly rights: Rights;
  readonly objects: readonly RbacObject[];
}

/** One stream of documents for `kubectl apply -f -`; comments say what is left out, and what each rule is for. */
export function rbacYaml({ title, rights, objects }: ClusterRights): string {
  const head = [title, ...rights.notes.map((note) => `- ${note}`)].flatMap((line) => wrapped(line));
  const documents = objects.map((object) => yamlOf(object, rights));
  return `${head.map((line) => `# ${line}`).join('\n')}\n${documents.map((text) => `---\n${text}`).join('')}`;
}

function yamlOf(object: RbacObject, { roles }: Rights): string {
  const document = new Document(object, { aliasDuplicateObjects: false });
  const rules = document.get('rules');
  const explained = roles.find(({ namespace }) => (namespace ?? undefined) === object.metadata.namespace)?.rules ?? [];
  const maps = isSeq(rules) ? rules.items.filter(isMap) : [];
  for (const [index, rule] of maps.entries()) {
    rule.commentBefore = ` ${explained[index]?.why}`;
    writeInOneLine(rule);
  }
  return document.toString({ lineWidth: 120, flowCollectionPadding: false });
}

function writeInOneLine({ items }: YAMLMap): void {
  for (const { value } of items) if (isSeq(value)) value.flow = true;
}

const width = 118;

function wrapped(text: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + word.length >= width) lines.push(`  ${word}`);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}
