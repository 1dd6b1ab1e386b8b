import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The Go module whose go.mod and go.sum fix every byte that goes into the programs. */
export const moduleFolder = fileURLToPath(new URL('.', import.meta.url));

/** As go.mod requires it; what the server's `/version` and `kubectl version` print. */
export const kubernetesVersion = versionInGoMod();

/** Quick ones first, so that a broken set-up shows early. */
const programs = {
  etcd: 'go.etcd.io/etcd/server/v3',
  kubectl: 'k8s.io/kubernetes/cmd/kubectl',
  'kube-controller-manager': 'k8s.io/kubernetes/cmd/kube-controller-manager',
  'kube-apiserver': 'k8s.io/kubernetes/cmd/kube-apiserver',
} as const;

/** Helm's own go.mod picks other versions of the same modules: it is built, and kept, apart from the servers. */
const helm = 'helm.sh/helm/v4/cmd/helm@v4.3.1';

type Server = keyof typeof programs;
export type Program = Server | 'helm';

/** What is built together and kept in one folder. */
export interface Recipe {
  /** For people: what it is and how long it takes. */
  readonly what: string;
  readonly programs: readonly Program[];
  /** Changes with anything that changes the programs. */
  readonly hash: string;
  /** The `go` command that writes one program into `folder`. */
  command(program: Program, folder: string): GoCommand;
}

export interface GoCommand {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Without a version baked in, servers and clients would call themselves v0.0.0. */
const versionPackages = ['k8s.io/component-base/version', 'k8s.io/client-go/pkg/version'];

/** Whatever the machine's own Go settings are, only go.sum's modules and no C compiler. */
const buildEnvironment = { GOFLAGS: '-mod=readonly', GOWORK: 'off', CGO_ENABLED: '0' } as const;

export const recipes: readonly Recipe[] = [
  {
    what: `Kubernetes ${kubernetesVersion}, about 7 minutes on 2 cores`,
    programs: Object.keys(programs) as Server[],
    hash: hashOf(
      ['go.mod', 'go.sum', 'tools.go'],
      (Object.keys(programs) as Server[]).map((one) => buildArguments(one, '.')),
    ),
    command: (program, folder) => ({ args: buildArguments(program as Server, folder), env: buildEnvironment }),
  },
  {
    what: `${helm}, about 2 minutes on 2 cores`,
    programs: ['helm'],
    hash: hashOf([], [installArguments()]),
    command: (_, folder) => ({ args: installArguments(), env: { ...buildEnvironment, GOFLAGS: '', GOBIN: folder } }),
  },
];

function buildArguments(program: Server, folder: string): string[] {
  const versions = versionPackages.map((name) => `-X ${name}.gitVersion=${kubernetesVersion}`);
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags', ['-s -w', ...versions].join(' ')];
  return ['build', ...flags, '-o', `${folder}/${program}`, programs[program]];
}

function installArguments(): string[] {
  return ['install', '-trimpath', '-ldflags', '-s -w', helm];
}

function hashOf(files: readonly string[], commands: readonly (readonly string[])[]): string {
  const hash = createHash('sha256').update(`${process.platform}-${process.arch}\n`);
  for (const file of files) hash.update(readFileSync(`${moduleFolder}${file}`));
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
