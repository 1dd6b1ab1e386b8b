import type { DefinitionOptions } from '../objects.ts';
import { definition, definitionName, definitions, stored, widget, widgets } from '../objects.ts';
import type { JsonObject, Step, Vector } from '../vector.ts';

const w = `${widgets}/w`;
const leaves = [`${definitions}/${definitionName}`];
const withStatus: DefinitionOptions = { subresources: { status: {} } };

const otherProperties = {
  spec: {
    versions: (definition({ properties: { shape: { type: 'string' } } }).spec as JsonObject).versions as JsonObject[],
  },
};

/** A definition and a widget under it; it takes a moment until widgets are served. */
function widgetUnder(options: DefinitionOptions, body: JsonObject, expected: Partial<Step> = {}): Step[] {
  return [
    { send: 'POST', to: definitions, body: definition(options), status: 201 },
    { send: 'POST', to: widgets, body, status: 201, until: 'asExpected', ...expected },
  ];
}

/** Custom resources, and what their definition does to them. */
export const customResources: readonly Vector[] = [
  {
    title: 'a custom resource is served some time after its definition was created',
    on: 'both',
    leaves,
    steps: widgetUnder({}, widget('w'), { fields: { '/spec': { size: 3 }, '/metadata/generation': 1 } }),
  },
  {
    title: 'a PUT of a custom resource without resourceVersion is refused',
    on: 'both',
    leaves,
    steps: [
      ...widgetUnder({}, widget('w')),
      {
        send: 'PUT',
        to: w,
        body: widget('w', { size: 4 }),
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueInvalid metadata.resourceVersion'],
      },
    ],
  },
  {
    title: 'a fenced PUT of a custom resource is done and counts a generation, an unchanged one is not',
    on: 'both',
    leaves,
    steps: [
      ...widgetUnder({}, widget('w'), {
        fields: { '/metadata/resourceVersion': '{version-2}', '/metadata/uid': '{uid-2}' },
      }),
      {
        send: 'PUT',
        to: w,
        body: widget('w', { size: 4 }, { metadata: { uid: '{uid-2}', resourceVersion: '{version-2}' } }),
        status: 200,
        object: stored(widget('w', { size: 4 }), 2, 3, { generation: 2 }),
      },
      {
        send: 'PUT',
        to: w,
        body: widget('w', { size: 4 }, { metadata: { resourceVersion: '{version-3}' } }),
        status: 200,
        object: stored(widget('w', { size: 4 }), 2, 3, { generation: 2 }),
      },
    ],
  },
  {
    title: 'a PUT of an absent custom resource is answered 404',
    on: 'both',
    leaves,
    steps: [
      ...widgetUnder({}, widget('w')),
      {
        send: 'PUT',
        to: `${widgets}/none`,
        body: widget('none', {}, { metadata: { resourceVersion: '5' } }),
        status: 404,
        reason: 'NotFound',
      },
    ],
  },
  {
    title: 'without a status subresource the status of a custom resource is plain data',
    on: 'both',
    leaves,
    steps: [
      ...widgetUnder({}, widget('w', { size: 3 }, { status: { phase: 'Good' } }), {
        fields: { '/status': { phase: 'Good' } },
      }),
      {
        send: 'MERGE',
        to: w,
        body: { status: { phase: 'Bad' } },
        status: 200,
        fields: { '/status': { phase: 'Bad' }, '/metadata/generation': 2 },
      },
    ],
  },
  {
    title: 'with a status subresource a POST and a PUT ignore the status, and a status write the rest',
    on: 'both',
    leaves,
    steps: [
      ...widgetUnder(withStatus, widget('w', { size: 3 }, { status: { phase: 'Good' } }), {
        fields: { '/status': undefined },
      }),
      {
        send: 'MERGE',
        to: `${w}/status`,
        body: { status: { phase: 'Bad' }, spec: { size: 9 } },
        status: 200,
        fields: { '/status': { phase: 'Bad' }, '/spec': { size: 3 }, '/metadata/generation': 1 },
      },
      {
        send: 'MERGE',
        to: w,
        body: { status: { phase: 'Good' } },
        status: 200,
        fields: { '/status': { phase: 'Bad' } },
      },
    ],
  },
  {
    title: 'fields that the definition lacks are dropped, unless it says to keep them',
    on: 'both',
    leaves,
    steps: widgetUnder(
      {
        properties: {
          size: { type: 'integer' },
          list: { type: 'array', items: { type: 'object', properties: { a: { type: 'string' } } } },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
          map: { type: 'object', additionalProperties: { type: 'string' } },
        },
      },
      widget('w', { size: 3, junk: 1, list: [{ a: 'x', b: 'y' }], free: { q: { r: 1 } }, map: { any: 'x' } }),
      { fields: { '/spec': { size: 3, list: [{ a: 'x' }], free: { q: { r: 1 } }, map: { any: 'x' } } } },
    ),
  },
  {
    title: 'a snapshot that is sent against another definition loses what that lacks, which only a strict dry run says',
    on: 'both',
    leaves,
    steps: [
      ...widgetUnder({}, widget('w')),
      { send: 'MERGE', to: `${definitions}/${definitionName}`, body: otherProperties, status: 200 },
      {
        send: 'PUT',
        to: `${w}?dryRun=All&fieldValidation=Strict`,
        body: widget('w', { size: 3 }, { metadata: { resourceVersion: '{version-2}' } }),
        status: 400,
        reason: 'BadRequest',
        message: /unknown field "spec.size"/,
        until: 'asExpected',
      },
      {
        send: 'PUT',
        to: `${w}?dryRun=All`,
        body: widget('w', { size: 3 }, { metadata: { resourceVersion: '{version-2}' } }),
        status: 200,
        fields: { '/spec': {} },
      },
    ],
  },
  {
    title: 'a strict patch that adds an unknown field is answered 422, not 400',
    on: 'both',
    leaves,
    steps: [
      ...widgetUnder({}, widget('w')),
      {
        send: 'MERGE',
        to: `${w}?fieldValidation=Strict`,
        body: { spec: { shape: 'round' } },
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueInvalid patch'],
      },
    ],
  },
  {
    title: 'values of the wrong type are refused by field',
    on: { lab: 'the sandbox prunes by schema and does not check types' },
    leaves,
    steps: [
      ...widgetUnder({}, widget('w')),
      {
        send: 'MERGE',
        to: w,
        body: { spec: { size: 'big' } },
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueTypeInvalid spec.size'],
      },
    ],
  },
  {
    title: 'defaults of the schema are filled in on every read and write',
    on: { lab: 'the sandbox does not apply schema defaults' },
    leaves,
    steps: widgetUnder(
      { properties: { size: { type: 'integer' }, color: { type: 'string', default: 'red' } } },
      widget('w'),
      {
        fields: { '/spec': { size: 3, color: 'red' } },
      },
    ),
  },
  {
    title: 'numbers keep their digits',
    on: 'both',
    leaves,
    steps: [
      ...widgetUnder({ properties: { size: { type: 'integer', format: 'int64' } } }, widget('w')),
      {
        send: 'MERGE',
        to: w,
        body: '{"spec":{"size":4503599627370497}}',
        status: 200,
        fields: { '/spec/size': 4503599627370497 },
      },
    ],
  },
  {
    title: 'a DELETE of a definition deletes its objects',
    on: 'both',
    steps: [
      ...widgetUnder({}, widget('w')),
      { send: 'DELETE', to: `${definitions}/${definitionName}`, status: 200 },
      { send: 'GET', to: `${definitions}/${definitionName}`, status: 404, reason: 'NotFound', until: 'asExpected' },
      { send: 'GET', to: w, status: 404, until: 'asExpected' },
      ...widgetUnder({}, widget('new')),
      { send: 'GET', to: w, status: 404, reason: 'NotFound' },
    ],
    leaves,
  },
];
