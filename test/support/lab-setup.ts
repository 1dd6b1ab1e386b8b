import type { TestProject } from 'vitest/node';
import { type LabDescription, startLab } from '../lab/lab.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** The three clusters that all test files of a run share. */
    lab: LabDescription;
  }
}

/** Builds the lab if need be (minutes, the first time) and starts three clusters for the whole run. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const lab = await startLab({ clusters: 3 });
  project.provide('lab', lab.description);
  return () => lab.stop();
}
