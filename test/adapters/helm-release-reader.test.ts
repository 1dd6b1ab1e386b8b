import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createHelmReleaseReader } from '../../src/adapters/helm-release-reader.ts';

const manifest = `---
# Source: shop/templates/secret.yaml
apiVersion: v1
kind: Secret
metadata:
  name: payment
stringData:
  key: s3cr3t-canary
---
# Source: shop/templates/web.yaml
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: edge
`;

/** As an API server shows what Helm 3 and 4 store. */
function encoded(release: unknown): string {
  const packed = gzipSync(typeof release === 'string' ? release : JSON.stringify(release)).toString('base64');
  return Buffer.from(packed).toString('base64');
}

const release = { name: 'shop', namespace: 'shop', version: 3, info: { status: 'deployed' }, manifest };

describe('the record of a Helm release', () => {
  const read = createHelmReleaseReader();

  it('names the objects of its manifest', async () => {
    expect(await read(encoded(release), 'shop')).toEqual([
      { apiVersion: 'v1', kind: 'Secret', namespace: 'shop', name: 'payment' },
      { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'edge', name: 'web' },
    ]);
    expect(await read(encoded({ ...release, manifest: '' }), 'shop')).toEqual([]);
  });

  it('is read once, however often it is asked about', async () => {
    expect(read(encoded(release), 'shop')).toBe(read(encoded(release), 'shop'));
    expect(read(encoded(release), 'shop')).not.toBe(read(encoded(release), 'other'));
  });

  it.each([
    ['empty', '', 'is not compressed JSON'],
    ['not base64 of gzip', 'czNjcjN0LWNhbmFyeQ==', 'is not compressed JSON'],
    ['not JSON', encoded('s3cr3t-canary'), 'is not compressed JSON'],
    ['without a manifest', encoded({ name: 's3cr3t-canary' }), 'has no manifest'],
    [
      'with a manifest that is not YAML',
      encoded({ manifest: 'key: [s3cr3t-canary' }),
      'has a manifest that is not YAML',
    ],
    ['with a bomb of aliases', encoded({ manifest: bomb() }), 'has a manifest that is not YAML'],
  ])('that is %s is refused by what is wrong, without quoting it', async (_, text, what) => {
    const problem = await read(text, 'shop').catch((error: unknown) => error);
    expect(problem).toMatchObject({ kind: 'corrupt', message: `a record of the Helm release ${what}` });
  });
});

function bomb(): string {
  const row = (from: string, to: string) => `${to}: &${to} [${Array(40).fill(`*${from}`).join(', ')}]\n`;
  return `a: &a s3cr3t-canary\n${row('a', 'b')}${row('b', 'c')}${row('c', 'd')}`;
}
