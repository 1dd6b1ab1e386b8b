import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The Go module whose go.mod and go.sum fix every byte that goes into the programs. */
export const moduleFolder = fileURLToPath(new URL('.', import.meta.url));

/** As go.mod requires it; what the server's `/version` and `kubectl version` print. */
export const kubernetesVersion = versionInGoMod();

/** Quick ones first, so that a broken set-up shows early. */
export const programs = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
} as const;

export type Program = keyof typeof programs;

/** Without a version baked in, servers and clients would call themselves v0.0.0. */
const versionPackages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];

/** `go` with these arguments writes one program into `folder`. */
export function buildArguments(program: Program, folder: string): string[] {
  const versions = versionPackages.map((name) => `-X ${name}.gitVersion=${kubernetesVersion}`);
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', ['-s -w', ...versions].join(' ')];
  return ['build', ...flags, '-o', `${folder}/${program}`, programs[program]];
}

/** Whatever the machine's own Go settings are, only go.sum's modules and no C compiler. */
export const buildEnvironment = { GOFLAGS: '-mod=readonly', GOWORK: 'off', CGO_ENABLED: '0' } as const;

/** Changes with anything that changes the programs. */
export function recipeHash(): string {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n`);
  for (const file of ['go.mod', 'go.sum', 'tools.go']) hash.update(readFileSync(`${moduleFolder}${file}`));
  const commands = Object.keys(programs).map((program) => buildArguments(program as Program, '.'));
  return hash
    .update(JSON.stringify([commands, buildEnvironment]))
    .digest('hex')
    .slice(0, 16);
}

function versionInGoMod(): string {
  const version = /\bk8s\.io\/kubernetes (v\S+)/.exec(readFileSync(`${moduleFolder}go.mod`, 'utf8'))?.[1];
  if (version === undefined) throw new Error('test/lab/go.mod does not require k8s.io/kubernetes');
  return version;
}
