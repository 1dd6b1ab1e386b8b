import {
  claim,
  claims,
  configMap,
  configMaps,
  definition,
  definitionName,
  definitions,
  job,
  jobs,
  sealedConfigMap,
  statefulSet,
  statefulSets,
  template,
  volume,
  widget,
  widgets,
} from '../objects.ts';
import { refusedBothWays } from '../steps.ts';
import type { Vector } from '../vector.ts';

/** Changes that only certain states refuse, and those that cannot be taken back. */
export const irreversible: readonly Vector[] = [
  {
    title: 'a bound claim cannot shrink, and grows only if its class allows it',
    on: { lab: 'the sandbox does not serve PersistentVolumes' },
    leaves: ['/api/v1/persistentvolumes/{ns}'],
    steps: [
      { send: 'POST', to: '/api/v1/persistentvolumes', body: volume, status: 201 },
      { send: 'POST', to: claims, body: claim('a'), status: 201 },
      { send: 'GET', to: `${claims}/a`, status: 200, fields: { '/status/phase': 'Bound' }, until: 'asExpected' },
      ...refusedBothWays(`${claims}/a`, { spec: { resources: { requests: { storage: '500Mi' } } } }, [
        'FieldValueForbidden spec.resources.requests.storage',
      ]),
      {
        send: 'MERGE',
        to: `${claims}/a`,
        body: { spec: { resources: { requests: { storage: '2Gi' } } } },
        status: 403,
        reason: 'Forbidden',
      },
    ],
  },
  {
    title: 'a custom resource whose rules freeze a field is refused there',
    on: { lab: 'the sandbox does not evaluate CEL' },
    leaves: [`${definitions}/${definitionName}`],
    steps: [
      {
        send: 'POST',
        to: definitions,
        body: definition({
          properties: { size: { type: 'integer', 'x-kubernetes-validations': [{ rule: 'self == oldSelf' }] } },
        }),
        status: 201,
      },
      { send: 'POST', to: widgets, body: widget('w'), status: 201, until: 'asExpected' },
      ...refusedBothWays(`${widgets}/w`, { spec: { size: 4 } }, ['FieldValueInvalid spec.size']),
    ],
  },
  {
    title: 'labels and annotations of an immutable ConfigMap can change',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: sealedConfigMap, status: 201 },
      {
        send: 'MERGE',
        to: `${configMaps}/a`,
        body: { metadata: { labels: { x: 'y' }, annotations: { x: 'y' } } },
        status: 200,
      },
    ],
  },
  {
    title: 'a deploy that seals a ConfigMap passes its dry run and cannot be undone',
    on: 'both',
    steps: [
      { send: 'POST', to: configMaps, body: configMap('a'), status: 201 },
      {
        send: 'PUT',
        to: `${configMaps}/a?dryRun=All`,
        body: { ...sealedConfigMap, data: { mode: 'wild' } },
        status: 200,
      },
      { send: 'PUT', to: `${configMaps}/a`, body: { ...sealedConfigMap, data: { mode: 'wild' } }, status: 200 },
      { send: 'PUT', to: `${configMaps}/a?dryRun=All`, resend: 3, status: 200 },
      {
        send: 'PUT',
        to: `${configMaps}/a`,
        resend: 1,
        status: 422,
        reason: 'Invalid',
        causes: ['FieldValueForbidden immutable', 'FieldValueForbidden data'],
      },
    ],
  },
  {
    title: 'a StatefulSet takes other replicas, template, strategy and history limit',
    on: 'both',
    steps: [
      { send: 'POST', to: statefulSets, body: statefulSet('a'), status: 201 },
      {
        send: 'MERGE',
        to: `${statefulSets}/a`,
        body: {
          spec: {
            revisionHistoryLimit: 3,
            minReadySeconds: 2,
            template: template('a', 'registry.example/app:v2'),
            updateStrategy: { type: 'OnDelete', rollingUpdate: null },
            persistentVolumeClaimRetentionPolicy: { whenScaled: 'Delete' },
          },
        },
        status: 200,
        fields: { '/metadata/generation': 2 },
      },
    ],
  },
  {
    title: "a suspended Job's template can change in where it runs, not in what",
    on: { lab: 'the sandbox keeps the whole template fixed' },
    steps: [
      { send: 'POST', to: jobs, body: job('a'), status: 201 },
      {
        send: 'MERGE',
        to: `${jobs}/a?dryRun=All`,
        body: { spec: { template: { spec: { nodeSelector: { disk: 'fast' } } } } },
        status: 200,
      },
      ...refusedBothWays(`${jobs}/a`, { spec: { template: { spec: { serviceAccountName: 'x' } } } }, [
        'FieldValueInvalid spec.template.spec',
      ]),
    ],
  },
];
