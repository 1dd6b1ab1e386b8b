import { describe, test } from 'vitest';
import { at, type JsonObject, objectsAt } from '../../src/sandbox/index.ts';
import { useLabEngine } from '../support/lab-engine.ts';
import { openRuleSite, type RuleOptions, type RuleSite } from '../support/lab-rules.ts';

/** Definitions of kinds, and the objects that come and go with them. */
const engine = useLabEngine();

interface Kind {
  readonly site: RuleSite;
  readonly group: string;
  readonly definition: JsonObject;
  readonly options: RuleOptions;
  widget(name: string, size: number): JsonObject;
}

/** A kind of this test's own, served in the site's cluster, with two objects. */
async function openKind(): Promise<Kind> {
  const site = await openRuleSite(engine);
  const group = `${site.name}.example.com`;
  const name = `widgets.${group}`;
  const rules = [
    { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['*'] },
    { apiGroups: [group], resources: ['*'], verbs: ['*'] },
  ];
  await engine.lab.grant(engine.lab.engine, { rules });
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name },
    spec: {
      ...{ group, scope: 'Namespaced', names: { plural: 'widgets', singular: 'widget', kind: 'Widget' } },
      versions: [versionWith({ size: { type: 'integer' } })],
    },
  };
  await site.admin.create(definition);
  await site.until('established', definition, isEstablished);
  // Discovery comes after that.
  await site.admin.until('served', `/apis/${group}/v1`, (found) => objectsAt(found, 'resources').length > 0);
  const widget: Kind['widget'] = (object, size) => ({
    ...{ apiVersion: `${group}/v1`, kind: 'Widget', metadata: site.meta(object) },
    spec: { size },
  });
  await site.create(widget('one', 1), widget('two', 2));
  const kinds = ['v1/ConfigMap', `${group}/v1/Widget`];
  return { site, group, definition, widget, options: { scope: { kinds } } };
}

function versionWith(properties: JsonObject): JsonObject {
  const spec = { type: 'object', properties, required: Object.keys(properties) };
  const schema = { openAPIV3Schema: { type: 'object', properties: { spec } } };
  return { name: 'v1', served: true, storage: true, schema };
}

function isEstablished(definition: JsonObject | undefined): boolean {
  return objectsAt(definition, 'status', 'conditions').some(
    ({ type, status }) => type === 'Established' && status === 'True',
  );
}

/** What a person would call the same: without status and what the server keeps for itself. */
async function stateOf({ site, definition, widget }: Kind): Promise<unknown> {
  const [live, ...widgets] = await Promise.all(
    [definition, widget('one', 1), widget('two', 2)].map((object) => site.live(object)),
  );
  return {
    definition: at(live, 'spec'),
    widgets: widgets.map((one) => [at(one, 'metadata', 'name'), at(one, 'spec')]),
  };
}

async function removeDefinition({ site, definition }: Kind): Promise<void> {
  await site.admin.remove(await site.admin.pathOf(definition));
  await site.until('gone', definition, (live) => live === undefined);
}

async function rollBack(kind: Kind, deploy: () => Promise<unknown>, more: RuleOptions = {}) {
  const { site } = kind;
  const before = await stateOf(kind);
  const { result, guard } = await site.rollBack(deploy, { ...kind.options, ...more });
  return { before, result, guard, after: await stateOf(kind) };
}

describe.concurrent('a definition', () => {
  test('and its objects, both changed, are both restored: the proof of the objects waits for the definition', async ({
    expect,
  }) => {
    const kind = await openKind();
    const { site, definition, widget } = kind;
    const { result, guard, before, after } = await rollBack(kind, async () => {
      // From now on no object of the baseline is valid.
      const versions = [versionWith({ width: { type: 'integer' } })];
      await site.admin.patch(await site.admin.pathOf(definition), { spec: { versions } });
      const change = { spec: { width: 3, size: null } };
      await site.until('the new schema', widget('one', 1), () => true);
      await site.patch(widget('one', 1), change);
      await site.patch(widget('two', 2), change);
    });
    expect(result).toMatchObject({ outcome: 'restored', left: [] });
    const { progress } = await guard.status();
    expect(progress).toContainEqual(
      expect.objectContaining({ key: 'plan', text: expect.stringContaining('2 deferred') }),
    );
    expect(await site.steps()).toEqual(['definitions', 'resources', 'pivot']);
    expect(after).toEqual(before);
    await removeDefinition(kind);
  });

  test('that the deploy deleted is refused without consent: its objects went with it', async ({ expect }) => {
    const kind = await openKind();
    const { result } = await rollBack(kind, () => removeDefinition(kind));
    expect(result).toMatchObject({
      outcome: 'refused',
      reason: expect.stringMatching(/CustomResourceDefinition\/widgets.*deleted, and its contents.*allow: recreate/),
    });
    expect(await kind.site.live(kind.definition)).toBeUndefined();
  });

  test('that the deploy deleted is created anew with consent, and its objects are', async ({ expect }) => {
    const kind = await openKind();
    const { result, before, after } = await rollBack(kind, () => removeDefinition(kind), {
      consent: [{ allow: 'recreate' }],
    });
    expect(result).toMatchObject({ outcome: 'restored', left: [] });
    expect(after).toEqual(before);
    await removeDefinition(kind);
  });
});
